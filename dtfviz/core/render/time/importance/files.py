"""The files of how much each frame counts: a timeline and its numbers."""

from pathlib import Path

from dtfviz.core.render.drawing import Drawing
from dtfviz.core.render.style.figures import save_figure
from dtfviz.core.render.time.importance.cells import write_cells
from dtfviz.core.render.time.importance.document import write_importance
from dtfviz.core.render.time.importance.sheet import importance_sheet
from dtfviz.core.results.importance import Importance

STEM, CELLS = "frame_importance", "occlusion.npz"


def draw(result: Importance, drawing: Drawing, folder: Path) -> list[str]:
    """The timeline."""
    name = f"{STEM}.{drawing.form}"
    figure = importance_sheet(result, width=drawing.width, has_caption=drawing.has_caption)
    save_figure(figure, folder / name, drawing.dpi)
    return [name]


def keep(result: Importance, folder: Path) -> list[str]:
    """Its numbers."""
    write_importance(result, folder / f"{STEM}.json")
    if result.occlusion is None:
        return [f"{STEM}.json"]
    write_cells(result.occlusion, folder / CELLS)
    return [f"{STEM}.json", CELLS]
