"""From what was typed to a model on its device and the clips it is to see."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any

from torch import nn

from dtfviz.core.clip import Clip, read_clip, reorder
from dtfviz.core.device import pick_device
from dtfviz.core.models import Wishes, load_with_report
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.models.inputs import sampling_for
from dtfviz.core.video import Video

DEFAULT_MODEL = "dtf_net_r50"
VIEWS_OF_CROPS = {1: ("center",), 3: ("left", "center", "right")}


def prepare_model(
    wishes: Wishes,
    *,
    checkpoint: str | PathLike[str] | None = None,
    partial: bool = False,
    labels: str | None = None,
    device: str = "auto",
    say: Callable[[str], None],
) -> nn.Module:
    """The model that was asked for, in evaluation mode on its device; `say` hears what had to be assumed."""
    chosen = pick_device(device)
    if checkpoint is None and wishes.name is None:
        wishes = replace(wishes, name=DEFAULT_MODEL)
    model, report = load_with_report(wishes, checkpoint=checkpoint, partial=partial, labels=labels)
    card = card_of(model)
    if card.trust != "trained":
        say(f"{card.name} is {card.trust}: what it shows says nothing about a video")
    for remark in report.remarks if report else ():
        say(remark)
    return model.to(chosen).eval()


def read_views(
    card: Card, video: Video, *, clips: int = 1, crops: Sequence[str] = ("center",), order: str = "normal", seed: int = 0, **asked: Any
) -> Iterator[Clip]:
    """Clips times crops of a video, one at a time, their frames in the order that was asked for."""
    parts = [asked.pop("part", None)] if clips == 1 else [(number, clips) for number in range(1, clips + 1)]
    for part in parts:
        sampling = sampling_for(card, **(asked | {"part": part}))
        for crop in crops:
            yield reorder(read_clip(video, sampling, card.size, crop=crop), order, seed)
