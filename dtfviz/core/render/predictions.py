"""What a model takes a video for, as bars."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Group

from dtfviz.core.render.drawing import PAGE
from dtfviz.core.render.style.document import Document, write_document
from dtfviz.core.render.style.figures import BLUE, mark_trust, save_figure, shorten, style, wrap_parts
from dtfviz.core.render.style.tables import Column, make_table
from dtfviz.core.results.predictions import Guess, Predictions

BAR = 0.22  # inches


def guess_chart(result: Predictions, *, width: float = PAGE, has_caption: bool = True) -> Figure:
    """The classes as bars."""
    with style():
        figure = Figure(figsize=(width, BAR * len(result.top) + 0.9))
        draw_guesses(figure.subplots(), result.top)
        mark_trust(figure, result.trust)
        if has_caption:
            figure.supxlabel(caption_of(result, width), fontsize=6, color="0.5")
    return figure


def draw_guesses(axes: Axes, top: Sequence[Guess]) -> None:
    """A bar a class."""
    names = [shorten(guess.label) for guess in top]
    axes.barh(range(len(names)), [guess.probability for guess in top], color=BLUE, height=0.6)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.5, 1])
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("probability")


def caption_of(result: Predictions, width: float) -> str:
    """What must be known of the bars."""
    count = len(result.views)
    parts = [
        f"{result.model} ({result.trust})",
        shorten(Path(result.video).name, 40),
        f"{result.activation} over {count} views" if count > 1 else f"{result.activation} of one view",
        *([result.moment] if result.moment else []),
        f"{result.order} order",
    ]
    if result.classes_note:
        parts.append(f"class names: {result.classes_note}")
    return wrap_parts(parts, width)


def prediction_table(result: Predictions, width: int) -> Group:
    """A row a class."""
    columns = [Column("class", is_text=True), Column("index"), Column("probability")]
    rows = [[guess.label, str(guess.index), f"{guess.probability:.3f}"] for guess in result.top]
    first = result.views[0]
    count = len(result.views)
    seen = (
        f"{len(first.indices)} frames from {min(first.times):.2f} to {max(first.times):.2f} s"
        if count == 1
        else f"{count} views"
    )
    notes = [f"{result.model}, {result.trust}; {seen}, in {result.order} order"]
    if result.moment:
        notes.append(f"of an answer over time: {result.moment}")
    if result.activation != "softmax":
        notes.append("labels do not exclude each other: each has a probability of its own")
    notes += result.remarks
    if result.classes_note:
        notes.append(f"class names: {result.classes_note}")
    return make_table(result.video, columns, rows, width=width, notes=notes)


def write_chart(result: Predictions, path: Path) -> None:
    save_figure(guess_chart(result), path)


def prediction_document(result: Predictions) -> Document:
    """As JSON."""
    top = [{"class": guess.index, "label": guess.label, "probability": guess.probability} for guess in result.top]
    facts = asdict(result)
    facts["kernel"] = facts.pop("implementation")
    usual = {"activation": "softmax", "moment": "", "remarks": ()}  # said where it is anything else
    facts = {name: value for name, value in facts.items() if usual.get(name, ...) != value}
    return facts | {"top": top}


def write_predictions(result: Predictions, path: Path) -> None:
    write_document(prediction_document(result), path)
