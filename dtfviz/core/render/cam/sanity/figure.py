"""How much a map changes with the weights, as a figure."""

from pathlib import Path

from matplotlib.figure import Figure

from dtfviz.core.render.cam.sanity.words import NO_CHANGE
from dtfviz.core.render.drawing import PAGE
from dtfviz.core.render.style.figures import NARROW, VERMILION, mark_trust, save_figure, shorten, style, wrap_parts
from dtfviz.core.results.sanity import Sanity

ITSELF = "none"


def sanity_chart(result: Sanity, *, width: float = PAGE, has_caption: bool = True) -> Figure:
    """A point a part of the model, from the answer down, with the map as it is at the left."""
    values, names = (1.0, *result.correlations), (ITSELF, *(shorten(part or result.model, 18) for part in result.parts))
    with style():
        figure = Figure(figsize=(width, 3.1 if has_caption else 2.7))
        axes = figure.subplots()
        axes.axhline(0, color="0.6", linewidth=0.6)
        axes.plot(range(len(values)), values, color=VERMILION, marker="s", markersize=3, linewidth=1)
        for place, value in enumerate(result.known, start=1):
            if value is None:
                axes.text(place, 0, "flat", rotation=90, ha="center", va="bottom", fontsize=6, color="0.4")
        axes.set_ylim(-1.05, 1.05)
        axes.set_yticks([-1, 0, 1])
        axes.set_xticks(range(len(values)), names, rotation=90, fontsize=6.5)
        axes.set_ylabel("rank correlation\nwith the map")
        axes.set_xlabel("weights shuffled, each with all to its left")
        axes.set_title(f"map of {shorten(result.label, 60 if width > NARROW else 30)}")
        mark_trust(figure, result.trust)
        if has_caption:
            figure.supxlabel(caption_of(result, width), fontsize=6, color="0.5")
    return figure


def caption_of(result: Sanity, width: float) -> str:
    """What must be known of the curve."""
    parts = [
        f"{result.model} ({result.trust})",
        f"{result.method} at {result.layer}",
        shorten(Path(result.video).name, 40),
        f"values shuffled within each tensor, seed {result.seed}",
        "Spearman's, on the layer's grid",
        NO_CHANGE,
    ]
    if result.classes_note:
        parts.append(f"class names: {result.classes_note}")
    return wrap_parts(parts, width)


def write_chart(result: Sanity, path: Path) -> None:
    save_figure(sanity_chart(result), path)
