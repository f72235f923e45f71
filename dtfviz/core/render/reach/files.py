"""The files of a study of receptive fields: one figure and its arrays."""

from pathlib import Path

from dtfviz.core.render.drawing import Drawing
from dtfviz.core.render.reach.arrays import write_arrays, write_several
from dtfviz.core.render.reach.profiles import profile_chart
from dtfviz.core.render.reach.sheet import reach_sheet
from dtfviz.core.render.style.figures import save_figure
from dtfviz.core.results.reach import ReachStudy

STEM = "receptive_field"


def draw(study: ReachStudy, drawing: Drawing, folder: Path) -> list[str]:
    """A sheet of one model, or the profiles of several."""
    name, width, has_caption = f"{STEM}.{drawing.form}", drawing.width, drawing.has_caption
    if len(study.found) == 1:
        (reach,) = study.found.values()
        figure = reach_sheet(reach, width=width, has_caption=has_caption)
    else:
        figure = profile_chart(study.found, width=width, has_caption=has_caption)
    save_figure(figure, folder / name, drawing.dpi)
    return [name]


def keep(study: ReachStudy, folder: Path) -> list[str]:
    """Energies, profiles and their errors; of several models named by each."""
    name = f"{STEM}.npz"
    if len(study.found) == 1:
        (reach,) = study.found.values()
        write_arrays(reach, folder / name)
    else:
        write_several(study.found, folder / name)
    return [name]
