"""The temporal tests: from a model and a video, or a folder of them, to a folder."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from dtfviz.core.analysis.time.temporal_tests import SHUFFLES, temporal_tests
from dtfviz.core.jobs.facts import run_facts, run_inputs
from dtfviz.core.jobs.setup import OnStep, View, reader
from dtfviz.core.jobs.several import over_videos, several_facts, several_inputs
from dtfviz.core.learning.datasets import Found, find_videos
from dtfviz.core.media.clip import Clip, Video
from dtfviz.core.models.card import card_of
from dtfviz.core.render.save import save
from dtfviz.core.render.style.figures import PAGE, save_figure
from dtfviz.core.render.time.sheet import temporal_sheet
from dtfviz.core.render.time.survey import temporal_survey
from dtfviz.core.results.temporal_tests import Row, TemporalSurvey, TemporalTests
from dtfviz.core.store.runs import Ledger, Place, find_place, writing

COMMAND, FIGURE, RESULT, TABLE = "temporal-tests", "temporal_tests.png", "temporal_tests.json", "videos.csv"


@dataclass(frozen=True)
class TemporalWishes:
    target: str | None = None
    shuffles: int = SHUFFLES
    seed: int = 0
    dpi: int = 200
    width: float = PAGE
    has_caption: bool = True


Outcome = tuple[Path, bool, dict[str, Any]]  # where, whether anything had to be done, and the document


def temporal_folder(
    model: nn.Module,
    video: Video,
    views: Sequence[View],
    wishes: TemporalWishes,
    command_line: Sequence[str],
    *,
    out: str | None = None,
    overwrite: bool = False,
    on_step: OnStep = lambda what, done, total: None,
) -> Outcome:
    """One video: a sheet and its numbers."""
    card = card_of(model)
    inputs = run_inputs(card, video, views) | {"wishes": asdict(wishes)}
    place = find_place(COMMAND, video.path.stem, inputs, out=out, overwrite=overwrite)
    if place.is_up_to_date:
        return place.folder, False, read_document(place)
    (clip,) = reader(video, views, card.size, on_step)()
    result = run_tests(model, clip, wishes, wishes.target, lambda done: on_step("testing", done, wishes.shuffles + 5))
    figure = temporal_sheet(result, width=wishes.width, has_caption=wishes.has_caption)
    manifest = run_facts(model, video, [clip], command_line) | {"seed": wishes.seed, "files": [FIGURE, RESULT]}
    with writing(place, manifest) as folder:
        save_figure(figure, folder / FIGURE, wishes.dpi)
        save(result, folder / RESULT)
    return place.folder, True, read_document(place)


def survey_folder(
    model: nn.Module,
    path: Path,
    sampling: Mapping[str, Any],
    wishes: TemporalWishes,
    command_line: Sequence[str],
    *,
    out: str | None = None,
    overwrite: bool = False,
    say: Callable[[str], None],
    on_step: OnStep = lambda what, done, total: None,
) -> Outcome:
    """A folder of videos: a row each, ranked bars, a histogram and means. A run that was stopped goes on where it
    was.
    """
    card, videos = card_of(model), find_videos(path)
    inputs = several_inputs(card, videos, sampling) | {"wishes": asdict(wishes)}
    place = find_place(COMMAND, path.resolve().name, inputs, out=out, overwrite=overwrite)
    if place.is_up_to_date:
        return place.folder, False, read_document(place)

    def analyse(clip: Clip, video: Found) -> Mapping[str, Any]:
        is_known = wishes.target is None and video.group in (card.classes or ())
        row = run_tests(model, clip, wishes, video.group if is_known else wishes.target).row
        return asdict(row) | {"video": video.name}

    ledger = Ledger(place)
    rows, skipped = over_videos(model, videos, sampling, analyse, ledger, say=say, on_step=on_step)
    survey = TemporalSurvey(
        card.name, card.trust, card.classes_note, str(path), wishes.seed, tuple(map(Row.read, rows)), skipped
    )
    figure = temporal_survey(survey, width=wishes.width, has_caption=wishes.has_caption)
    manifest = several_facts(model, command_line, len(rows), skipped) | {
        "seed": wishes.seed,
        "files": [FIGURE, RESULT, TABLE],
    }
    with writing(place, manifest) as folder:
        save_figure(figure, folder / FIGURE, wishes.dpi)
        save(survey, folder / RESULT)
        save(survey, folder / TABLE)
    ledger.close()
    return place.folder, True, read_document(place)


def run_tests(
    model: nn.Module,
    clip: Clip,
    wishes: TemporalWishes,
    target: str | None,
    on_done: Callable[[int], None] = lambda done: None,
) -> TemporalTests:
    return temporal_tests(model, clip, target, shuffles=wishes.shuffles, seed=wishes.seed, on_done=on_done)


def read_document(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place.folder / RESULT).read_text(encoding="utf-8"))
    return found
