"""The videos of a folder, one after the other: what is done is kept, what cannot be read is named and left out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn

from dtfviz.core.errors import InputError, OptionError
from dtfviz.core.jobs.facts import model_facts, model_inputs
from dtfviz.core.jobs.setup import OnStep, plan_views, reader
from dtfviz.core.learning.datasets import Found
from dtfviz.core.media.clip import Clip
from dtfviz.core.media.video import open_video
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.store.runs import Ledger


def over_videos(
    model: nn.Module,
    videos: Sequence[Found],
    sampling: Mapping[str, Any],
    analyse: Callable[[Clip, Found], Mapping[str, Any]],
    ledger: Ledger,
    *,
    say: Callable[[str], None],
    on_step: OnStep,
) -> tuple[list[Any], tuple[tuple[str, str], ...]]:
    """A row a video, in their order, and those that were skipped with the reason: an error where that is all of
    them.
    """
    skipped: list[tuple[str, str]] = []
    if ledger.rows:
        say(f"{len(ledger.rows)} of {len(videos)} videos were done before")
    for done, video in enumerate(videos, start=1):
        if video.name not in ledger.rows:
            try:
                clip = read_one(video, card_of(model), sampling)
            except (InputError, OptionError) as error:
                skipped.append((video.name, f"{error.message}; {error.fact}" if error.fact else error.message))
                say(f"skipped: {skipped[-1][1]}")
            else:
                ledger.add(video.name, analyse(clip, video))
        on_step("testing", done, len(videos))
    if len(skipped) == len(videos):
        raise InputError(
            f"none of the {len(videos)} videos can be read", fact=skipped[0][1], hint=f"dtfviz probe {videos[0].path}"
        )
    return [ledger.rows[video.name] for video in videos if video.name in ledger.rows], tuple(skipped)


def read_one(found: Found, card: Card, sampling: Mapping[str, Any]) -> Clip:
    video = open_video(found.path)
    (clip,) = reader(video, plan_views(card, video, **sampling), card.size, lambda what, done, total: None)()
    return clip


# --- what such a run depends on, and what its manifest says -----------------------------------------------------------
def several_inputs(card: Card, videos: Sequence[Found], sampling: Mapping[str, Any]) -> dict[str, Any]:
    """Videos by name, length and time of change: hashing them all would take as long as reading them."""
    stats = [(video.name, video.path.stat()) for video in videos]
    return model_inputs(card) | {
        "sampling": dict(sampling),
        "videos": [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats],
    }


def several_facts(
    model: nn.Module, command_line: Sequence[str], rows: int, skipped: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    return model_facts(model, command_line) | {"videos": rows, "skipped": dict(skipped)}
