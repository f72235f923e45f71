"""How much each frame counts: the class's log-probability with the frame held from the one before it, or blurred."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import cv2
import numpy as np
from torch import Tensor, nn

from dtfviz.core.analysis.answers import answers, without_rounding
from dtfviz.core.analysis.cam.gradcam import explain
from dtfviz.core.analysis.clips import of_any_clip, remarks_on_clip
from dtfviz.core.analysis.predict import guess_of
from dtfviz.core.analysis.targets import class_of
from dtfviz.core.media.clip import Clip
from dtfviz.core.models.answers import Moment, log_probabilities, moment_of, settling
from dtfviz.core.models.card import card_of
from dtfviz.core.models.inputs import as_input
from dtfviz.core.ops import implementation_for
from dtfviz.core.results.importance import Importance

BLUR = 1 / 8  # standard deviation, of the shorter side: shapes are gone, colours stay


@of_any_clip
def frame_importance(
    model: nn.Module,
    clip: Clip,
    target: int | str | Moment | None = None,
    *,
    layer: str | None = None,
    method: str = "gradcam",
    seed: int = 0,
    on_done: Callable[[int], None] = lambda done: None,
) -> Importance:
    """Of the top class unless `target` is another; `layer` and `method` are those of the map that is shown beside."""
    card = card_of(model)
    frames = len(clip.frames)
    moment = moment_of(target)
    settle = settling(card.answer, moment, clip.times)
    logits = answers(model, versions(as_input(clip, card), as_input(blur(clip), card)), settle, on_done)
    lines = log_probabilities(without_rounding(logits), card.answer)
    aim = class_of(card, moment.target, lines[0])
    drops = (lines[0, aim] - lines[1:, aim]).numpy()
    return Importance(
        model=card.name,
        trust=card.trust,
        classes_note=card.classes_note,
        clip=clip,
        target=guess_of(aim, lines[0].exp(), card),
        held=drops[:frames],
        blurred=drops[frames:],
        cam=explain(model, clip, replace(moment, target=aim), layer, method, seed=seed) if card.layers else None,
        implementation=implementation_for(next(model.parameters()).device),
        remarks=remarks_on_clip(clip, card),
    )


def versions(x: Tensor, blurred: Tensor) -> Iterator[Tensor]:
    """The clip [1, 3, F, H, W], then with each frame held, then with each frame blurred."""
    yield x
    for source in (x[:, :, before(x.shape[2])], blurred):
        for number in range(x.shape[2]):
            changed = x.clone()
            changed[:, :, number] = source[:, :, number]
            yield changed


def before(count: int) -> list[int]:
    """The frame before each; nothing is before the first, which takes the one after it."""
    return [min(1, count - 1), *range(count - 1)]


def blur(clip: Clip) -> Clip:
    """Every frame on its own, beyond recognition."""
    sigma = BLUR * min(clip.frames.shape[1:3])
    return replace(clip, frames=np.stack([cv2.GaussianBlur(frame, (0, 0), sigma) for frame in clip.frames]))
