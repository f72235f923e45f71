"""What a model takes a video for, as bars."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dtfviz.core.render.style.figures import BLUE, PAGE, mark_trust, save_figure, shorten, style, wrap_parts
from dtfviz.core.results.predictions import Guess, Predictions

BAR = 0.22  # inches


def guess_chart(result: Predictions, *, width: float = PAGE, has_caption: bool = True) -> Figure:
    with style():
        figure = Figure(figsize=(width, BAR * len(result.top) + 0.9))
        draw_guesses(figure.subplots(), result.top)
        mark_trust(figure, result.trust)
        if has_caption:
            figure.supxlabel(caption_of(result, width), fontsize=6, color="0.5")
    return figure


def draw_guesses(axes: Axes, top: Sequence[Guess]) -> None:
    names = [shorten(guess.label) for guess in top]
    axes.barh(range(len(names)), [guess.probability for guess in top], color=BLUE, height=0.6)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.5, 1])
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("probability")


def caption_of(result: Predictions, width: float) -> str:
    count = len(result.views)
    parts = [
        f"{result.model} ({result.trust})",
        shorten(Path(result.video).name, 40),
        f"softmax over {count} views" if count > 1 else "softmax of one view",
        f"{result.order} order",
    ]
    if result.classes_note:
        parts.append(f"class names: {result.classes_note}")
    return wrap_parts(parts, width)


def write_chart(result: Predictions, path: Path) -> None:
    save_figure(guess_chart(result), path)
