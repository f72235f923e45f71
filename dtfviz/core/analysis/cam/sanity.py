"""Whether a map changes when the model's weights are shuffled, from the answer down: one that does not says nothing
of what was learnt.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from torch import nn

from dtfviz.core.analysis.cam.gradcam import explain
from dtfviz.core.analysis.targets import aim_again
from dtfviz.core.errors import OptionError
from dtfviz.core.models.borrow.weights import parts_from_the_answer, shuffling
from dtfviz.core.models.fold import check_exact
from dtfviz.core.models.inputs import input_of
from dtfviz.core.results.cam import Cam
from dtfviz.core.results.sanity import Sanity


def sanity(
    model: nn.Module, cam: Cam, *, seed: int = 0, on_done: Callable[[int, int], None] = lambda done, total: None
) -> Sanity:
    """Rank correlations of a map with the map of the same target, layer and method under ever more shuffled weights.

    `on_done` hears how many parts of how many are shuffled.
    """
    if not len(cam.clip.frames):
        raise OptionError("a map without its frames cannot be tested", fact="of several clips none are kept")
    check_exact(model, "shuffling weights")
    parts, correlations = parts_from_the_answer(model, input_of(model, cam.clip)), []
    with shuffling(model, seed) as shuffle:
        for done, part in enumerate(parts, start=1):
            shuffle(part)
            other = explain(model, cam.clip, aim_again(cam.target), cam.layer, cam.method, per=cam.per, seed=seed)
            correlations.append(rank_correlation(cam.map, other.map))
            on_done(done, len(parts))
    return Sanity(
        model=cam.model,
        trust=cam.trust,
        classes_note=cam.classes_note,
        video=str(cam.clip.video.path),
        label=cam.target.label,
        layer=cam.layer,
        method=cam.method,
        seed=seed,
        parts=parts,
        correlations=tuple(correlations),
    )


def rank_correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Spearman's: of the ranks of their values; NaN where either has one value only."""
    first, second = (ranks - ranks.mean() for ranks in (shared_ranks(one), shared_ranks(other)))
    spread = np.sqrt((first**2).sum() * (second**2).sum())
    return float((first * second).sum() / spread) if spread > 0 else float("nan")


def shared_ranks(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """From 1 for the smallest; equal values share the mean of their ranks."""
    _, which, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[which.ravel()])
