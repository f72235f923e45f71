"""Deletion and insertion curves of maps, in time and in space, with random maps as their control."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dtfviz.core.analysis.answers import answers, without_rounding
from dtfviz.core.analysis.cam.gradcam import explain, refuse_blank
from dtfviz.core.analysis.clips import of_any_clip
from dtfviz.core.analysis.targets import Aim, label_of, scoring
from dtfviz.core.analysis.time.importance import blur
from dtfviz.core.errors import OptionError
from dtfviz.core.media.clip import Clip
from dtfviz.core.models.answers import HIGHEST, Moment, moment_of, probabilities
from dtfviz.core.models.card import card_of
from dtfviz.core.models.inputs import as_input
from dtfviz.core.results.cam import Cam
from dtfviz.core.results.faithfulness import CURVES, Curves, Faithfulness

POINTS, CONTROLS = 16, 10


@of_any_clip
def faithfulness(
    model: nn.Module,
    cams: Clip | Cam | Sequence[Cam],
    target: Aim = None,
    *,
    points: int = POINTS,
    controls: int = CONTROLS,
    seed: int = 0,
    on_done: Callable[[int], None] = lambda done: None,
) -> Faithfulness:
    """Of one map, of maps by several methods of one clip, target and layer, or of the Grad-CAM of a clip; of a
    difference of classes the first one is followed.

    `target`: of the Grad-CAM of a clip; maps know theirs, unless it is a function. `points`: parts that the clip is
    deleted or inserted in. `controls`: random maps, on the grid of the given ones.
    """
    if isinstance(cams, Clip):
        cams = refuse_blank(explain(model, cams, target, None, "gradcam"))
    cams = [cams] if isinstance(cams, Cam) else list(cams)
    check(cams, points, controls)
    card, first = card_of(model), cams[0]
    ranks = [rank for values in maps_of(cams, controls, seed) for rank in ranks_of(first.over_clip(values))]
    shares = np.linspace(0, 1, points + 1)
    sharp, soft = as_input(first.clip, card), as_input(blur(first.clip), card)
    score = scoring(card.answer, followed(first, target), first.clip.times)
    scores = without_rounding(answers(model, versions(sharp, soft, ranks, shares[1:-1]), score, on_done))
    plus = first.target.plus
    found = (scores[:, 0] if plus is None else probabilities(scores, card.answer)[:, plus]).numpy()
    curves = curves_of(found[0], found[1], found[2:].reshape(-1, len(CURVES), points - 1))
    return Faithfulness(
        model=first.model,
        trust=first.trust,
        classes_note=first.classes_note,
        video=str(first.clip.video.path),
        label=first.target.label if plus is None else label_of(card, plus),
        quantity="value" if plus is None else "probability",
        layer=first.layer,
        seed=seed,
        shares=tuple(shares.tolist()),
        curves={cam.method: curve for cam, curve in zip(cams, curves, strict=False)},
        controls=tuple(curves[len(cams) :]),
    )


def maps_of(cams: Sequence[Cam], controls: int, seed: int) -> list[NDArray[np.float32]]:
    """The given maps and then the random ones, on the same grid."""
    generator = np.random.default_rng(seed)
    shape = cams[0].raw.shape
    return [cam.raw for cam in cams] + [generator.random(shape, np.float32) for _ in range(controls)]


def followed(cam: Cam, target: Aim) -> Moment:
    """Whose scores the curves are of: the function, where the map is of one, else when the classes are meant."""
    if cam.target.plus is not None:
        return Moment(None, cam.target.at, cam.target.pooled or HIGHEST)
    moment = moment_of(target)
    if not callable(moment.target):
        raise OptionError(
            f"the map explains {cam.target.label}, which it does not keep",
            fact="what is followed must be known",
            hint="faithfulness(model, cam, target=the_function)",
        )
    return moment


def runs_of(methods: int, points: int = POINTS, controls: int = CONTROLS) -> int:
    """How often the model runs: the clip, the blurred clip, and the inner points of every curve."""
    return 2 + (methods + controls) * len(CURVES) * (points - 1)


def check(cams: Sequence[Cam], points: int, controls: int) -> None:
    """An error for maps that cannot be compared, or curves without a control."""
    if points < 2 or controls < 1:
        raise OptionError(
            f"{points} points and {controls} random maps make no curve with a control",
            fact="at least 2 and 1 are needed",
        )
    kinds = {(cam.clip.indices, cam.target, cam.raw.shape) for cam in cams}
    if len(kinds) > 1 or len({cam.method for cam in cams}) < len(cams):
        raise OptionError(
            "maps are compared by their method alone", fact="these differ in clip, target or grid, or share a method"
        )
    if not len(cams[0].clip.frames):
        raise OptionError("a map without its frames cannot be tested", fact="of several clips none are kept")


# --- what goes first --------------------------------------------------------------------------------------------------
def ranks_of(values: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
    """For a map (F, H, W): each frame's rank by energy (F, 1, 1), and each pixel's in its frame (F, H, W), from 0 to
    below 1.

    Energy counts what speaks for the target; in space what speaks against it comes last. Equal values go in their
    order.
    """
    energy = np.maximum(values, 0).sum(axis=(1, 2))
    in_frames = values.reshape(len(values), -1)
    return ranked(energy)[:, None, None], ranked(in_frames).reshape(values.shape)


def ranked(values: NDArray[np.float32]) -> Tensor:
    """Along the last axis: 0 for the largest, then in equal steps."""
    order = np.argsort(-values, axis=-1, kind="stable")
    ranks = np.empty(values.shape, np.float64)
    np.put_along_axis(
        ranks, order, np.broadcast_to(np.arange(values.shape[-1]) / values.shape[-1], values.shape), axis=-1
    )
    return torch.from_numpy(ranks)


# --- what the model is shown ------------------------------------------------------------------------------------------
def versions(sharp: Tensor, soft: Tensor, ranks: Sequence[Tensor], shares: NDArray[np.float64]) -> Iterator[Tensor]:
    """The clip, the blurred clip, then for each ranking the deletions and the insertions."""
    yield sharp
    yield soft
    for rank in ranks:
        for before, after in ((sharp, soft), (soft, sharp)):
            for share in shares:
                yield torch.where(rank < share - 1e-9, after, before)


def curves_of(clip: float, blurred: float, inner: NDArray[np.float64]) -> list[Curves]:
    """Between their ends, which all curves share: deletion begins with the clip, insertion ends with it."""
    ends = [(clip, blurred), (blurred, clip)] * 2
    return [
        tuple((float(begin), *map(float, points), float(end)) for (begin, end), points in zip(ends, lines, strict=True))
        for lines in inner
    ]
