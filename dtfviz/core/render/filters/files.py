"""The files of a study of filters: two sheets, and the arrays of everything that stands beside each other in them."""

import re
from pathlib import Path

from dtfviz.core.render.drawing import FilterDrawing
from dtfviz.core.render.filters.activity import activity_sheet
from dtfviz.core.render.filters.arrays import write_arrays
from dtfviz.core.render.filters.sheet import filter_sheet
from dtfviz.core.render.style.figures import save_figure
from dtfviz.core.results.filters import FilterStudy


def draw(study: FilterStudy, drawing: FilterDrawing, folder: Path) -> list[str]:
    """The filters, and where predicted ones are active."""
    measure, width, has_caption = drawing.measure, drawing.width, drawing.has_caption
    view, channels = drawing.view, drawing.channels
    figures = {
        "filters": filter_sheet(
            study.found,
            study.titles,
            view=view,
            channels=channels,
            measure=measure,
            width=width,
            has_caption=has_caption,
        )
    }
    mapped, titles = study.predicted
    if mapped:
        figures["activity"] = activity_sheet(mapped, titles, measure=measure, width=width, has_caption=has_caption)
    for name, figure in figures.items():
        save_figure(figure, folder / f"{name}.{drawing.form}", drawing.dpi)
    return [f"{name}.{drawing.form}" for name in figures]


def keep(study: FilterStudy, folder: Path) -> list[str]:
    """Arrays, a file for each thing that is shown."""
    names = array_names(study)
    for found, name in zip(study.found, names, strict=True):
        write_arrays(found, folder / name)
    return names


def array_names(study: FilterStudy) -> list[str]:
    """By number and title, where there are several."""
    if len(study.found) == 1:
        return ["filters.npz"]
    plain = [re.sub(r"[^A-Za-z0-9.]+", "-", title).strip("-") for title in study.titles]
    return [f"{number}-{title}.npz" for number, title in enumerate(plain, start=1)]
