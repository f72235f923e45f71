"""Any result as a file: the suffix says which form."""

from collections.abc import Mapping
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any

from dtfviz.core.errors import OptionError, OutputError, Try


def figures(writer: str) -> dict[str, str]:
    """The forms of a picture."""
    return dict.fromkeys((".png", ".svg", ".pdf"), writer)


# result -> suffix -> "module:writer"; a writer takes the result and the path
HERE = "dtfviz.core.render"
FORMATS: Mapping[str, Mapping[str, str]] = {
    "Clip": {
        **figures(f"{HERE}.clip:write_strip"),
        ".mp4": f"{HERE}.clip:write_frames",
        ".npz": f"{HERE}.clip:write_arrays",
    },
    "Predictions": {**figures(f"{HERE}.predictions:write_chart"), ".json": f"{HERE}.predictions:write_predictions"},
    "Cam": {
        **figures(f"{HERE}.save:cam_figure"),
        ".mp4": f"{HERE}.save:cam_video",
        ".npz": f"{HERE}.save:cam_arrays",
    },
    "Cost": {**figures(f"{HERE}.save:cost_figure"), ".json": f"{HERE}.cost.document:write_cost"},
    "TemporalTests": {
        **figures(f"{HERE}.time.tests.sheet:write_sheet"),
        ".json": f"{HERE}.time.tests.document:write_temporal",
    },
    "TemporalSurvey": {
        **figures(f"{HERE}.time.tests.survey:write_survey_figure"),
        ".json": f"{HERE}.time.tests.document:write_survey",
        ".csv": f"{HERE}.time.tests.csv:write_csv",
    },
    "Importance": {
        **figures(f"{HERE}.time.importance.sheet:write_sheet"),
        ".json": f"{HERE}.time.importance.document:write_importance",
    },
    "Faithfulness": {
        **figures(f"{HERE}.cam.faithfulness.figure:write_chart"),
        ".json": f"{HERE}.cam.faithfulness.document:write_faithfulness",
    },
    "MapComparison": {
        **figures(f"{HERE}.cam.faithfulness.figure:write_comparison_chart"),
        ".json": f"{HERE}.cam.faithfulness.document:write_comparison",
        ".csv": f"{HERE}.cam.faithfulness.csv:write_csv",
    },
    "Sanity": {
        **figures(f"{HERE}.cam.sanity.figure:write_chart"),
        ".json": f"{HERE}.cam.sanity.document:write_sanity",
    },
    "Evaluation": {
        **figures(f"{HERE}.evaluation.figure:write_figure"),
        ".json": f"{HERE}.evaluation.document:write_evaluation",
    },
    "Reach": {
        **figures(f"{HERE}.reach.sheet:write_sheet"),
        ".npz": f"{HERE}.reach.arrays:write_arrays",
        ".json": f"{HERE}.reach.document:write_reach",
    },
    "Filters": {**figures(f"{HERE}.save:filter_figure"), ".npz": f"{HERE}.filters.arrays:write_arrays"},
    "StaticFilters": {**figures(f"{HERE}.save:filter_figure"), ".npz": f"{HERE}.filters.arrays:write_arrays"},
}


def save(result: Any, path: str | PathLike[str]) -> Path:
    """Draw or store a clip or the result of an analysis: as a figure (.png, .svg, .pdf), .mp4, .npz or .json, where
    it has that form.
    """
    path, kind = Path(path), type(result).__name__
    if kind not in FORMATS:
        raise OptionError(f"a {kind} cannot be saved", fact=f"what can be saved: {', '.join(FORMATS)}")
    writers = FORMATS[kind]
    if path.suffix.lower() not in writers:
        raise OptionError(
            f"{path}: a {kind} has no form called {path.suffix or 'nothing'!r}",
            fact=f"its forms are {', '.join(writers)}",
        )
    module, _, name = writers[path.suffix.lower()].partition(":")
    try:
        getattr(import_module(module), name)(result, path)
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written", fact=error.strerror or str(error), hint=Try(("ls", "-ld", path.parent))
        ) from error
    return path


def cam_figure(cam: Any, path: Path) -> None:
    from dtfviz.core.render.cam.sheet import cam_sheet
    from dtfviz.core.render.style.colour import choose_scale
    from dtfviz.core.render.style.figures import save_figure
    from dtfviz.core.results.cam import Mosaic

    save_figure(cam_sheet(Mosaic((cam,)), choose_scale("clip", cam.highest)), path)


def cam_video(cam: Any, path: Path) -> None:
    from dtfviz.core.render.cam.overlay import write_overlay
    from dtfviz.core.render.style.colour import choose_scale
    from dtfviz.core.results.cam import Mosaic

    write_overlay(Mosaic((cam,)), path, choose_scale("clip", cam.highest))


def cam_arrays(cam: Any, path: Path) -> None:
    from dtfviz.core.render.cam.arrays import write_arrays
    from dtfviz.core.results.cam import Mosaic

    write_arrays(Mosaic((cam,)), path)


def cost_figure(cost: Any, path: Path) -> None:
    from dtfviz.core.render.cost.chart import cost_chart
    from dtfviz.core.render.style.figures import save_figure

    save_figure(cost_chart([cost], depth=1), path)


def filter_figure(found: Any, path: Path) -> None:
    from dtfviz.core.render.filters.sheet import filter_sheet
    from dtfviz.core.render.style.figures import save_figure

    save_figure(filter_sheet([found]), path)
