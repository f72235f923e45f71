"""The files of what time does to an answer: a sheet and its numbers."""

from pathlib import Path

from dtfviz.core.render.drawing import Drawing
from dtfviz.core.render.style.figures import save_figure
from dtfviz.core.render.time.documents import write_csv, write_survey, write_temporal
from dtfviz.core.render.time.importance import importance_sheet, write_importance
from dtfviz.core.render.time.sheet import temporal_sheet
from dtfviz.core.render.time.survey import temporal_survey
from dtfviz.core.results.importance import Importance
from dtfviz.core.results.temporal_tests import TemporalSurvey, TemporalTests

IMPORTANCE, TESTS, VIDEOS = "frame_importance", "temporal_tests", "videos.csv"


def draw_importance(result: Importance, drawing: Drawing, folder: Path) -> list[str]:
    """The timeline."""
    name = f"{IMPORTANCE}.{drawing.form}"
    figure = importance_sheet(result, width=drawing.width, has_caption=drawing.has_caption)
    save_figure(figure, folder / name, drawing.dpi)
    return [name]


def keep_importance(result: Importance, folder: Path) -> list[str]:
    """Its numbers."""
    write_importance(result, folder / f"{IMPORTANCE}.json")
    return [f"{IMPORTANCE}.json"]


def draw_tests(result: TemporalTests, drawing: Drawing, folder: Path) -> list[str]:
    """The clip with its time changed."""
    name = f"{TESTS}.{drawing.form}"
    save_figure(
        temporal_sheet(result, width=drawing.width, has_caption=drawing.has_caption), folder / name, drawing.dpi
    )
    return [name]


def keep_tests(result: TemporalTests, folder: Path) -> list[str]:
    """Every try of every change."""
    write_temporal(result, folder / f"{TESTS}.json")
    return [f"{TESTS}.json"]


def draw_survey(result: TemporalSurvey, drawing: Drawing, folder: Path) -> list[str]:
    """Ranked bars, a histogram and means."""
    name = f"{TESTS}.{drawing.form}"
    figure = temporal_survey(result, width=drawing.width, has_caption=drawing.has_caption)
    save_figure(figure, folder / name, drawing.dpi)
    return [name]


def keep_survey(result: TemporalSurvey, folder: Path) -> list[str]:
    """All numbers, and a row a video."""
    write_survey(result, folder / f"{TESTS}.json")
    write_csv(result, folder / VIDEOS)
    return [f"{TESTS}.json", VIDEOS]
