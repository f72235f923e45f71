"""Deletion and insertion curves as a figure."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dtfviz.core.render.cam.faithfulness.words import difference, interval_words, number, warning, whose
from dtfviz.core.render.drawing import PAGE
from dtfviz.core.render.style.figures import (
    BLUE,
    GREEN,
    NARROW,
    PURPLE,
    VERMILION,
    mark_trust,
    save_figure,
    shorten,
    style,
    wrap_parts,
)
from dtfviz.core.results.faithfulness import CURVES, RANDOM, Faithfulness, MapComparison

LOOKS = ((VERMILION, "s", "-"), (BLUE, "o", "--"), (GREEN, "^", "-."), (PURPLE, "D", ":"))  # of as many methods
MOST = len(LOOKS)
LINE = 9  # points from one line of words above a panel to the next


def faithfulness_chart(result: MapComparison, *, width: float = PAGE, has_caption: bool = True) -> Figure:
    """Four panels: every method's mean curve over the random maps' band, with the areas above it."""
    rows, columns = (1, 4) if width > NARROW else (2, 2)
    above = (2 * len(result.methods) + 2) * LINE / 72
    extra = (0.35 if has_caption else 0.1) + (0.3 if result.untold else 0)
    with style():
        figure = Figure(figsize=(width, rows * (1.75 + above) + extra))
        panels = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
        for which, axes in enumerate(panels):
            draw_curves(axes, result, which)
            axes.set_xlabel("share blurred" if which % 2 == 0 else "share restored")
        for axes in panels[::columns]:
            axes.set_ylabel(f"{result.one.quantity} of\n" + whose(result))
        if told := warning(result):
            figure.suptitle(told.replace(": ", ":\n") if width <= NARROW else told, fontsize=7, color=VERMILION)
        mark_trust(figure, result.one.trust)
        if has_caption:
            figure.supxlabel(caption_of(result, width), fontsize=6, color="0.5")
    return figure


def draw_curves(axes: Axes, result: MapComparison, which: int) -> None:
    """One panel: every method over the band of random maps."""
    shares = result.one.shares
    mean, spread = result.control(which)
    lowest, highest = (0, 1) if result.one.quantity == "probability" else (-np.inf, np.inf)
    band = np.clip([mean - spread, mean + spread], lowest, highest)
    axes.fill_between(shares, *band, color="0.85", linewidth=0)
    axes.plot(shares, mean, color="0.5", linewidth=1)
    for method, (colour, mark, line) in zip(result.methods, LOOKS, strict=False):
        axes.plot(
            shares, result.curve(method, which), color=colour, marker=mark, markersize=2.5, linewidth=1, linestyle=line
        )
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    if highest == 1:
        axes.set_ylim(0, 1.02)
        axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.set_title(CURVES[which], fontsize=8, pad=(2 * len(result.methods) + 2) * LINE + 4)
    words = [(f"{'small' if which % 2 == 0 else 'large'} areas are good:", "0.5")]
    for method, (colour, _, _) in zip(result.methods, LOOKS, strict=False):
        less, interval = difference(result, method, which)
        words += [(f"{method} {number(result, method, which)}", colour), (f"    Δ {less} ({interval})", colour)]
    for place, (word, colour) in enumerate([*words, (f"{RANDOM} {number(result, RANDOM, which)}", "0.4")]):
        height = (len(words) - place) * LINE + 5
        axes.annotate(
            word, (0, 1), (0, height), "axes fraction", "offset points", fontsize=6.5, color=colour, va="center"
        )


def caption_of(result: MapComparison, width: float) -> str:
    """What must be known of the curves."""
    one, clips = result.one, len(result.rows)
    parts = [
        f"{one.model} ({one.trust})",
        one.layer,
        shorten(Path(result.source).name, 40),
        *([f"means of {clips} clips, ± half of the 95 % interval"] if clips > 1 else []),
        *([f"{len(result.skipped)} could not be analysed"] if result.skipped else []),
        f"grey: {len(one.controls)} random maps from seed {one.seed}, mean ± sd",
        "Δ: the area less the random maps'",
        f"in brackets: {interval_words(result)}",
        "in time: frames by energy; in space: every frame's pixels by value",
    ]
    if one.classes_note:
        parts.append(f"class names: {one.classes_note}")
    return wrap_parts(parts, width)


def write_chart(result: Faithfulness, path: Path) -> None:
    save_figure(faithfulness_chart(MapComparison(result.video, (result,))), path)


def write_comparison_chart(result: MapComparison, path: Path) -> None:
    save_figure(faithfulness_chart(result), path)
