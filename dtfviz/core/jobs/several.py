"""The videos of a folder, one after the other: what is done is kept, what cannot be done is named and left out."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from torch import nn

from dtfviz.core.errors import InputError, ModelError, OptionError, Try
from dtfviz.core.jobs.facts import model_facts, model_inputs
from dtfviz.core.jobs.request import Request, silent
from dtfviz.core.jobs.setup import plan_views, reader
from dtfviz.core.learning.datasets import FoundVideo
from dtfviz.core.media.clip import Clip
from dtfviz.core.media.sampling import ClipChoice
from dtfviz.core.media.video import open_video
from dtfviz.core.models.card import Card
from dtfviz.core.store.files import stamp_of
from dtfviz.core.store.runs import Facts, Ledger, Place

Skipped = tuple[tuple[str, str], ...]  # videos that could not be analysed, and why


def over_videos(
    videos: Sequence[FoundVideo],
    read: Callable[[FoundVideo], Clip],
    analyse: Callable[[Clip, FoundVideo], Facts],
    place: Place,
    request: Request,
) -> tuple[list[Any], Skipped]:
    """A row a video, in their order, and those that cannot be read or analysed with the reason: an error where that is
    all of them.
    """
    skipped: list[tuple[str, str]] = []
    ledger = Ledger(place)
    if ledger.rows:
        request.say(f"{len(ledger.rows)} of {len(videos)} videos were done before")
    for done, video in enumerate(videos, start=1):
        if video.name not in ledger.rows:
            try:
                row = analyse(read(video), video)
            except (InputError, OptionError, ModelError) as error:
                skipped.append((video.name, f"{error.message}; {error.fact}" if error.fact else error.message))
                request.say(f"skipped: {skipped[-1][1]}")
            else:
                ledger.add(video.name, row)
        request.on_step("testing", done, len(videos))
    if len(skipped) == len(videos):
        raise InputError(
            f"none of the {len(videos)} videos can be analysed",
            fact=skipped[0][1],
            hint=Try(("dtfviz", "probe", videos[0].path)),
        )
    return [ledger.rows[video.name] for video in videos if video.name in ledger.rows], tuple(skipped)


def reading(card: Card, choice: ClipChoice, crop: str = "center") -> Callable[[FoundVideo], Clip]:
    """What reads the clip of one of the videos."""

    def read(found: FoundVideo) -> Clip:
        video = open_video(found.path)
        (clip,) = reader(video, plan_views(card, video, choice, crops=(crop,)), card.size, silent)()
        return clip

    return read


# --- what such a run depends on, and what its manifest says -----------------------------------------------------------
def several_inputs(card: Card, videos: Sequence[FoundVideo], choice: ClipChoice, crop: str = "center") -> Facts:
    """Videos by name, length and time of change: hashing them all would take as long as reading them."""
    return {
        **model_inputs(card),
        "sampling": asdict(choice) | {"crop": crop},
        "videos": [(video.name, *stamp_of(video.path)) for video in videos],
    }


def several_facts(model: nn.Module, request: Request, rows: int, skipped: Skipped) -> Facts:
    """What the manifest says of the videos."""
    return model_facts(model, request.command_line) | {"videos": rows, "skipped": dict(skipped)}
