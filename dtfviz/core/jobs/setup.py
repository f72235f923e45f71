"""From what was typed to a model on its device and the clips it is to see."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from torch import nn

from dtfviz.core import bundled
from dtfviz.core.device import pick_device
from dtfviz.core.errors import OptionError, Use
from dtfviz.core.jobs.request import OnStep
from dtfviz.core.media.clip import Clip, Video
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import CENTRED, ClipChoice, Sampling, tile
from dtfviz.core.media.video import open_video
from dtfviz.core.models.building import sketch
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.models.catalogue import Wishes
from dtfviz.core.models.fold import can_fold, fold
from dtfviz.core.models.foreign import Foreign, is_foreign, make_foreign
from dtfviz.core.models.inputs import sampling_for, samplings_for
from dtfviz.core.models.loading.model import load_with_report

DEFAULT = f"no model and no checkpoint: the bundled {bundled.MODEL}, trained on generated motion"
View = tuple[Sampling, str]  # which frames, and the name of the crop


@dataclass(frozen=True)
class ModelChoice:
    """Which model was asked for, with which weights, and where it is to run."""

    wishes: Wishes = field(default_factory=Wishes)
    checkpoint: str | None = None
    partial: bool = False
    labels: str | None = None
    device: str = "auto"
    exact: bool = False  # whether to run the definition rather than the folded model


def prepare_model(choice: ModelChoice, say: Callable[[str], None], *, looks_inside: bool = False) -> nn.Module:
    """The model that was asked for, in evaluation mode on its device; `say` hears what had to be assumed.

    Folded where it may be: what `looks_inside` an operator takes the exact one.
    """
    wishes, chosen = choice.wishes, pick_device(choice.device)
    if choice.checkpoint is None and wishes.name is None:
        say(DEFAULT)
    check_foreign(wishes.name, wishes.foreign)
    model, report = load_with_report(wishes, checkpoint=choice.checkpoint, partial=choice.partial, labels=choice.labels)
    card = card_of(model)
    if card.trust != "trained":
        say(f"{card.name} is {card.trust}: what it shows says nothing about a video")
    for remark in (*card.assumed, *(report.remarks if report else ())):
        say(remark)
    model = model.to(chosen).eval()
    return fold(model) if can_fold(model) and not (choice.exact or looks_inside) else model


def find_video(path: str | None, say: Callable[[str], None]) -> Video:
    """The video that was named, else the bundled one."""
    if path is None:
        say(f"no VIDEO: the bundled {bundled.CLIP}")
    return open_video(bundled.asset(bundled.CLIP) if path is None else path)


def check_foreign(name: str | None, foreign: Foreign) -> None:
    """An error where what is said of a foreign model meets one of ours."""
    if foreign != Foreign() and not is_foreign(name):
        raise OptionError(
            "model-arg, trained, mean, std, input-layout, output, layout, grid and feed are for a model that is not "
            "ours",
            fact=f"the model is {name or 'read off the checkpoint'}",
            hint=Use("model", "package.module:factory"),
        )


def known_model(wishes: Wishes, checkpoint: str | None, say: Callable[[str], None]) -> nn.Module:
    """A model for what only asks how it is fed: read off a file where there is one, else a sketch."""
    name = wishes.name
    if checkpoint is None and name is not None and name != bundled.MODEL:
        return sketch_model(name, wishes.foreign, frames=wishes.frames, size=wishes.size)
    check_foreign(name, wishes.foreign)
    if checkpoint is None and name is None:
        say(DEFAULT)
    return load_with_report(wishes, checkpoint=checkpoint, partial=True)[0]


def sketch_model(
    name: str, foreign: Foreign, *, frames: int | None = None, size: int | None = None, **arguments: Any
) -> nn.Module:
    """A model for what only asks for names and shapes: without memory or weights, unless it is someone else's."""
    check_foreign(name, foreign)
    if is_foreign(name):
        return make_foreign(name, foreign, frames=frames, size=size)
    return sketch(name, frames=frames, size=size, **arguments)


def plan_views(
    card: Card,
    video: Video,
    choice: ClipChoice = CENTRED,
    *,
    clips: int = 1,
    crops: Sequence[str] = ("center",),
    is_whole: bool = False,
) -> list[View]:
    """Clips times crops of a video: one clip, several spread over it, or as many as cover it."""
    samplings = tile(video, sampling_for(card, choice)) if is_whole else samplings_for(card, clips, choice)
    return [(sampling, crop) for sampling in samplings for crop in crops]


def reader(video: Video, views: Sequence[View], size: int, on_step: OnStep) -> Callable[[], Iterator[Clip]]:
    """The clips, one at a time, as often as they are asked for; the last one is not read again.

    Of a single clip every decoded frame is reported; of several, those who ask for them report each.
    """

    @lru_cache(maxsize=1)
    def read(number: int) -> Clip:
        sampling, crop = views[number]
        return read_clip(
            video, sampling, size, crop=crop, on_step=partial(on_step, "reading") if len(views) == 1 else None
        )

    return lambda: (read(number) for number in range(len(views)))
