"""How much each frame counts: the class's log-probability with the frame held from the one before it, or blurred."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from dtfviz.core.analysis.answers import answers, without_rounding
from dtfviz.core.analysis.cam.gradcam import explain
from dtfviz.core.analysis.clips import of_any_clip, remarks_on_clip
from dtfviz.core.analysis.predict import guess_of
from dtfviz.core.analysis.targets import Aim, class_of, name_of, scoring
from dtfviz.core.media.clip import Clip
from dtfviz.core.models.answers import Moment, log_probabilities, moment_of
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.models.inputs import as_input, device_of
from dtfviz.core.ops import implementation_for
from dtfviz.core.results.importance import Importance
from dtfviz.core.results.predictions import Guess

BLUR = 1 / 8  # standard deviation, of the shorter side: shapes are gone, colours stay


@of_any_clip
def frame_importance(
    model: nn.Module,
    clip: Clip,
    target: Aim = None,
    *,
    layer: str | None = None,
    method: str = "gradcam",
    seed: int = 0,
    on_done: Callable[[int], None] = lambda done: None,
) -> Importance:
    """Of the top class unless `target` is another, or a function of the answer; `layer` and `method` are those of the
    map that is shown beside.
    """
    card, frames, moment = card_of(model), len(clip.frames), moment_of(target)
    score = scoring(card.answer, moment, clip.times)
    scores = answers(model, versions(as_input(clip, card), as_input(blur(clip), card)), score, on_done)
    values, aim = follow(card, moment, without_rounding(scores))
    drops = (values[0] - values[1:]).numpy()
    same = moment if aim.index is None else replace(moment, target=aim.index)
    return Importance(
        model=card.name,
        trust=card.trust,
        classes_note=card.note,
        clip=clip,
        target=aim,
        held=drops[:frames],
        blurred=drops[frames:],
        cam=explain(model, clip, same, layer, method, seed=seed) if card.layers else None,
        implementation=implementation_for(device_of(model)),
        unit="" if aim.index is None else "nats",
        remarks=remarks_on_clip(clip, card),
    )


def follow(card: Card, moment: Moment, scores: Tensor) -> tuple[Tensor, Guess]:
    """What is followed through the versions, of which the first is the clip as it is: [versions], and its name."""
    if callable(moment.target):
        return scores[:, 0], Guess(None, name_of(moment.target), float(scores[0, 0]))
    lines = log_probabilities(scores, card.answer)
    aim = class_of(card, moment.target, lines[0])
    return lines[:, aim], guess_of(aim, lines[0].exp(), card)


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
    pixels = None if clip.pixels is None else np.stack(list(map(soften, clip.pixels)))
    return replace(clip, frames=np.stack(list(map(soften, clip.frames))), pixels=pixels)


def soften(frame: NDArray[Any]) -> NDArray[Any]:
    """(height, width, RGB), bytes or numbers."""
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), BLUR * min(frame.shape[:2])))
