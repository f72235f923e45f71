"""The temporal tests: from a model and a video, or a folder of them, to a folder."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from torch import nn

from dtfviz.core.analysis.time.temporal_tests import SHUFFLES, temporal_tests
from dtfviz.core.jobs.facts import run_facts, run_inputs
from dtfviz.core.jobs.fulfil import Run, fulfil
from dtfviz.core.jobs.kept import Done
from dtfviz.core.jobs.request import Request, silent
from dtfviz.core.jobs.setup import View, reader
from dtfviz.core.jobs.several import over_videos, reading, several_facts, several_inputs
from dtfviz.core.learning.datasets import FoundVideo, find_videos
from dtfviz.core.media.clip import Clip, Video
from dtfviz.core.media.sampling import ClipChoice
from dtfviz.core.models.answers import WHOLE, Moment
from dtfviz.core.models.card import card_of
from dtfviz.core.render.drawing import Drawing
from dtfviz.core.render.kinds import counted
from dtfviz.core.results.temporal_tests import Row, TemporalSurvey, TemporalTests
from dtfviz.core.store.runs import Facts, Place

COMMAND = "temporal-tests"


@dataclass(frozen=True)
class TemporalWishes:
    """Which class is followed, and how often the clip is shuffled."""

    target: Moment = WHOLE
    shuffles: int = SHUFFLES
    seed: int = 0


def temporal_folder(
    model: nn.Module, video: Video, views: Sequence[View], wishes: TemporalWishes, drawing: Drawing, request: Request
) -> Done[TemporalTests]:
    """One video: a sheet and its numbers."""
    card = card_of(model)

    def compute(place: Place) -> TemporalTests:
        (clip,) = reader(video, views, card.size, request.on_step)()
        return run_tests(model, clip, wishes, wishes.target, counted(request.on_step, "testing", wishes.shuffles + 5))

    def facts(found: TemporalTests, files: list[str]) -> Facts:
        return run_facts(model, video, [found.clip], request.command_line) | {"seed": wishes.seed, "files": files}

    inputs = run_inputs(card, video, views) | {"wishes": asdict(wishes)}
    return fulfil(Run(COMMAND, video.path.stem, inputs, drawing, compute, facts), request)


def survey_folder(
    model: nn.Module,
    path: Path,
    choice: ClipChoice,
    wishes: TemporalWishes,
    drawing: Drawing,
    request: Request,
) -> Done[TemporalSurvey]:
    """A folder of videos: a row each, ranked bars, a histogram and means. A run that was stopped goes on where it
    was.
    """
    card, videos = card_of(model), find_videos(path)

    def analyse(clip: Clip, video: FoundVideo) -> Facts:
        is_known = wishes.target.target is None and video.group in (card.classes or ())
        row = run_tests(
            model, clip, wishes, replace(wishes.target, target=video.group) if is_known else wishes.target
        ).row
        return asdict(row) | {"video": video.name}

    def compute(place: Place) -> TemporalSurvey:
        rows, skipped = over_videos(videos, reading(card, choice), analyse, place, request)
        known, said = tuple(map(Row.read, rows)), card.answer.activation
        return TemporalSurvey(card.name, card.trust, card.note, str(path), wishes.seed, known, skipped, said)

    def facts(found: TemporalSurvey, files: list[str]) -> Facts:
        return several_facts(model, request, len(found.rows), found.skipped) | {"seed": wishes.seed, "files": files}

    inputs = {**several_inputs(card, videos, choice), "wishes": asdict(wishes)}
    return fulfil(Run(COMMAND, path.resolve().name, inputs, drawing, compute, facts), request)


def run_tests(
    model: nn.Module, clip: Clip, wishes: TemporalWishes, target: Moment, on_done: Callable[[int], None] = silent
) -> TemporalTests:
    """The tests of one clip."""
    return temporal_tests(model, clip, target, shuffles=wishes.shuffles, seed=wishes.seed, on_done=on_done)
