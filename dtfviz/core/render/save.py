"""Any result as a file: the suffix says which form."""

from collections.abc import Mapping
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any

from dtfviz.core.errors import OptionError

# result -> suffix -> "module:writer"; a writer takes the result and the path
FORMATS: Mapping[str, Mapping[str, str]] = {
    "Cam": {
        ".png": "dtfviz.core.render.save:cam_figure",
        ".svg": "dtfviz.core.render.save:cam_figure",
        ".pdf": "dtfviz.core.render.save:cam_figure",
        ".mp4": "dtfviz.core.render.save:cam_video",
        ".npz": "dtfviz.core.render.save:cam_arrays",
    },
    "Cost": {
        ".png": "dtfviz.core.render.save:cost_figure",
        ".svg": "dtfviz.core.render.save:cost_figure",
        ".pdf": "dtfviz.core.render.save:cost_figure",
    },
    "Filters": {
        ".png": "dtfviz.core.render.save:filter_figure",
        ".svg": "dtfviz.core.render.save:filter_figure",
        ".pdf": "dtfviz.core.render.save:filter_figure",
        ".npz": "dtfviz.core.render.filters:write_arrays",
    },
    "StaticFilters": {
        ".png": "dtfviz.core.render.save:filter_figure",
        ".svg": "dtfviz.core.render.save:filter_figure",
        ".pdf": "dtfviz.core.render.save:filter_figure",
        ".npz": "dtfviz.core.render.filters:write_arrays",
    },
}


def save(result: Any, path: str | PathLike[str]) -> Path:
    """Draw or store a result: maps as .mp4, .png, .svg, .pdf or .npz, costs as a figure, filters as a figure or .npz."""
    path, kind = Path(path), type(result).__name__
    if kind not in FORMATS:
        raise OptionError(f"a {kind} cannot be saved", fact=f"what can be saved: {', '.join(FORMATS)}")
    writers = FORMATS[kind]
    if path.suffix.lower() not in writers:
        raise OptionError(f"{path}: a {kind} has no form called {path.suffix or 'nothing'!r}", fact=f"its forms are {', '.join(writers)}")
    module, _, name = writers[path.suffix.lower()].partition(":")
    getattr(import_module(module), name)(result, path)
    return path


def cam_figure(cam: Any, path: Path) -> None:
    from dtfviz.core.render.cam_sheet import cam_sheet
    from dtfviz.core.render.colour import choose_scale
    from dtfviz.core.render.figures import save_figure
    from dtfviz.core.results.cam import Mosaic

    save_figure(cam_sheet(Mosaic((cam,)), choose_scale("clip", cam.highest)), path)


def cam_video(cam: Any, path: Path) -> None:
    from dtfviz.core.render.colour import choose_scale
    from dtfviz.core.render.video import write_overlay
    from dtfviz.core.results.cam import Mosaic

    write_overlay(Mosaic((cam,)), path, choose_scale("clip", cam.highest))


def cam_arrays(cam: Any, path: Path) -> None:
    from dtfviz.core.render.cam import write_arrays
    from dtfviz.core.results.cam import Mosaic

    write_arrays(Mosaic((cam,)), path)


def cost_figure(cost: Any, path: Path) -> None:
    from dtfviz.core.render.cost_chart import cost_chart
    from dtfviz.core.render.figures import save_figure

    save_figure(cost_chart([cost], depth=1), path)


def filter_figure(found: Any, path: Path) -> None:
    from dtfviz.core.render.figures import save_figure
    from dtfviz.core.render.filter_sheet import filter_sheet

    save_figure(filter_sheet([found]), path)
