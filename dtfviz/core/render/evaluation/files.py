"""The files of an evaluation: what is taken for what as a picture and as counts, and the shares."""

import json
from pathlib import Path

from dtfviz.core.render.drawing import Drawing
from dtfviz.core.render.evaluation.document import write_evaluation
from dtfviz.core.render.evaluation.figure import confusion_figure
from dtfviz.core.render.style.figures import save_figure
from dtfviz.core.results.evaluation import Evaluation


def draw(found: Evaluation, drawing: Drawing, folder: Path) -> list[str]:
    """What is taken for what."""
    name = f"confusion.{drawing.form}"
    figure = confusion_figure(found, width=drawing.width, has_caption=drawing.has_caption)
    save_figure(figure, folder / name, drawing.dpi)
    return [name]


def keep(found: Evaluation, folder: Path) -> list[str]:
    """Shares with their intervals, and the counts behind the picture."""
    write_evaluation(found, folder / "evaluation.json")
    counts = {"classes": found.classes, "counts": found.confusion.tolist()}
    (folder / "confusion.json").write_text(json.dumps(counts) + "\n", encoding="utf-8")
    return ["evaluation.json", "confusion.json"]
