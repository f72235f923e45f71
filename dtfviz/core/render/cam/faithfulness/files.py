"""The files of methods compared over several videos: mean curves and their numbers."""

from pathlib import Path

from dtfviz.core.render.cam.faithfulness.csv import write_csv
from dtfviz.core.render.cam.faithfulness.document import write_comparison
from dtfviz.core.render.cam.faithfulness.figure import faithfulness_chart
from dtfviz.core.render.drawing import Drawing
from dtfviz.core.render.style.figures import save_figure
from dtfviz.core.results.faithfulness import MapComparison


def draw(result: MapComparison, drawing: Drawing, folder: Path) -> list[str]:
    """The mean curves of every method."""
    name = f"faithfulness.{drawing.form}"
    figure = faithfulness_chart(result, width=drawing.width, has_caption=drawing.has_caption)
    save_figure(figure, folder / name, drawing.dpi)
    return [name]


def keep(result: MapComparison, folder: Path) -> list[str]:
    """All numbers, and a row a video and method."""
    write_comparison(result, folder / "faithfulness.json")
    write_csv(result, folder / "faithfulness.csv")
    return ["faithfulness.json", "faithfulness.csv"]
