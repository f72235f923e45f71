"""The files of the temporal tests: a sheet and its numbers."""

from pathlib import Path

from dtfviz.core.render.drawing import Drawing
from dtfviz.core.render.style.figures import save_figure
from dtfviz.core.render.time.tests.csv import write_csv
from dtfviz.core.render.time.tests.document import write_survey, write_temporal
from dtfviz.core.render.time.tests.sheet import temporal_sheet
from dtfviz.core.render.time.tests.survey import temporal_survey
from dtfviz.core.results.temporal_tests import TemporalSurvey, TemporalTests

STEM, VIDEOS = "temporal_tests", "videos.csv"


def draw_tests(result: TemporalTests, drawing: Drawing, folder: Path) -> list[str]:
    """The clip with its time changed."""
    name = f"{STEM}.{drawing.form}"
    save_figure(
        temporal_sheet(result, width=drawing.width, has_caption=drawing.has_caption), folder / name, drawing.dpi
    )
    return [name]


def keep_tests(result: TemporalTests, folder: Path) -> list[str]:
    """Every try of every change."""
    write_temporal(result, folder / f"{STEM}.json")
    return [f"{STEM}.json"]


def draw_survey(result: TemporalSurvey, drawing: Drawing, folder: Path) -> list[str]:
    """Ranked bars, a histogram and means."""
    name = f"{STEM}.{drawing.form}"
    figure = temporal_survey(result, width=drawing.width, has_caption=drawing.has_caption)
    save_figure(figure, folder / name, drawing.dpi)
    return [name]


def keep_survey(result: TemporalSurvey, folder: Path) -> list[str]:
    """All numbers, and a row a video."""
    write_survey(result, folder / f"{STEM}.json")
    write_csv(result, folder / VIDEOS)
    return [f"{STEM}.json", VIDEOS]
