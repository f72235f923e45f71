"""Deletion and insertion curves as a figure, a table, a CSV and a document."""

import csv
from dataclasses import asdict
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Group

from dtfviz.core.render.style.document import Document, write_document
from dtfviz.core.render.style.figures import (
    BLUE,
    GREEN,
    NARROW,
    PAGE,
    PURPLE,
    VERMILION,
    mark_trust,
    save_figure,
    shorten,
    style,
    wrap_parts,
)
from dtfviz.core.render.style.tables import Column, make_table
from dtfviz.core.results.faithfulness import CURVES, RANDOM, Faithfulness, MapComparison

LOOKS = ((VERMILION, "s", "-"), (BLUE, "o", "--"), (GREEN, "^", "-."), (PURPLE, "D", ":"))  # of as many methods
MOST = len(LOOKS)
LINE = 9  # points from one line of words above a panel to the next
UNITS = {
    "shares": "of the clip that are blurred (deletion) or brought back (insertion): frames in time, every frame's "
    "pixels in space",
    "curves, controls": "probability of the target's class (of a difference, of the first), a list a curve: "
    + ", ".join(CURVES),
    "areas": "under the curves: small is good for deletion, large for insertion",
    "random": "areas of random maps on the same grid: mean and standard deviation",
}


# --- the figure -------------------------------------------------------------------------------------------------------
def faithfulness_chart(result: MapComparison, *, width: float = PAGE, has_caption: bool = True) -> Figure:
    """Four panels: every method's mean curve over the random maps' band, with the areas above it."""
    rows, columns = (1, 4) if width > NARROW else (2, 2)
    above = (len(result.methods) + 2) * LINE / 72
    with style():
        figure = Figure(figsize=(width, rows * (1.75 + above) + (0.35 if has_caption else 0.1)))
        panels = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
        for which, axes in enumerate(panels):
            draw_curves(axes, result, which)
            axes.set_xlabel("share blurred" if which % 2 == 0 else "share restored")
        for axes in panels[::columns]:
            axes.set_ylabel("probability of\n" + whose(result))
        mark_trust(figure, result.one.trust)
        if has_caption:
            figure.supxlabel(caption_of(result, width), fontsize=6, color="0.5")
    return figure


def draw_curves(axes: Axes, result: MapComparison, which: int) -> None:
    """One panel: every method over the band of random maps."""
    shares = result.one.shares
    mean, spread = result.control(which)
    axes.fill_between(shares, np.clip(mean - spread, 0, 1), np.clip(mean + spread, 0, 1), color="0.85", linewidth=0)
    axes.plot(shares, mean, color="0.5", linewidth=1)
    for method, (colour, mark, line) in zip(result.methods, LOOKS, strict=False):
        axes.plot(
            shares, result.curve(method, which), color=colour, marker=mark, markersize=2.5, linewidth=1, linestyle=line
        )
    axes.set_ylim(0, 1.02)
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.set_title(CURVES[which], fontsize=8, pad=(len(result.methods) + 2) * LINE + 4)
    words = [(f"{'small' if which % 2 == 0 else 'large'} areas are good:", "0.5")]
    words += [
        (f"{method} {number(result, method, which)}", colour)
        for method, (colour, _, _) in zip(result.methods, LOOKS, strict=False)
    ]
    for place, (word, colour) in enumerate([*words, (f"{RANDOM} {number(result, RANDOM, which)}", "0.4")]):
        height = (len(words) - place) * LINE + 5
        axes.annotate(
            word, (0, 1), (0, height), "axes fraction", "offset points", fontsize=6.5, color=colour, va="center"
        )


def number(result: MapComparison, method: str, which: int) -> str:
    """An area ± half of its interval over clips, or of a single clip's random maps their standard deviation."""
    found, spread = result.interval(method, which), float(result.one.control_spread[which])
    if found.low is not None and found.high is not None:
        return f"{found.mean:.2f} ± {(found.high - found.low) / 2:.2f}"
    return f"{found.mean:.2f} ± {spread:.2f}" if method == RANDOM and np.isfinite(spread) else f"{found.mean:.2f}"


def whose(result: MapComparison) -> str:
    """The class that the curves are of."""
    labels = {row.label for row in result.rows}
    return shorten(labels.pop(), 16) if len(labels) == 1 else "the target"


def caption_of(result: MapComparison, width: float) -> str:
    """What must be known of the curves."""
    one, clips = result.one, len(result.rows)
    parts = [
        f"{one.model} ({one.trust})",
        one.layer,
        shorten(Path(result.source).name, 40),
        *([f"means of {clips} clips, ± half of the 95 % interval"] if clips > 1 else []),
        *([f"{len(result.skipped)} could not be read"] if result.skipped else []),
        f"grey: {len(one.controls)} random maps from seed {one.seed}, mean ± sd",
        "in time: frames by energy; in space: every frame's pixels by value",
    ]
    if one.classes_note:
        parts.append(f"class names: {one.classes_note}")
    return wrap_parts(parts, width)


# --- documents and tables ---------------------------------------------------------------------------------------------
def faithfulness_document(result: Faithfulness) -> Document:
    """`Faithfulness.read` understands it."""
    areas = {method: dict(zip(CURVES, result.areas(method).tolist(), strict=True)) for method in result.curves}
    spread = [float(value) if np.isfinite(value) else None for value in result.control_spread]
    random = {
        curve: {"mean": float(mean), "sd": sd}
        for curve, mean, sd in zip(CURVES, result.control_areas.mean(axis=0), spread, strict=True)
    }
    return asdict(result) | {"areas": areas, "random": random, "units": UNITS}


def comparison_document(result: MapComparison) -> Document:
    """All numbers, with means over the clips."""
    methods = (*result.methods, RANDOM)
    means = {
        method: {curve: asdict(result.interval(method, which)) for which, curve in enumerate(CURVES)}
        for method in methods
    }
    rows = [{key: value for key, value in faithfulness_document(row).items() if key != "units"} for row in result.rows]
    head = {"model": result.one.model, "trust": result.one.trust, "source": result.source, "units": UNITS}
    return head | {"means": means, "skipped": result.skipped, "rows": rows}


def read_comparison(stored: Document) -> MapComparison:
    """From such a document."""
    skipped = tuple((name, why) for name, why in stored["skipped"])
    return MapComparison(stored["source"], tuple(map(Faithfulness.read, stored["rows"])), skipped)


def faithfulness_table(result: MapComparison, width: int) -> Group:
    """A row a method and one of random maps."""
    columns = [Column("area under", is_text=True), *(Column(curve.replace(" ", "\n", 1)) for curve in CURVES)]
    rows = [
        [method, *(number(result, method, which) for which in range(len(CURVES)))]
        for method in (*result.methods, RANDOM)
    ]
    one, clips = result.one, len(result.rows)
    after = (
        ""
        if clips == 1
        else f"; means of {clips} videos, ± half of the 95 % interval"
        + (f", {len(result.skipped)} could not be read" if result.skipped else "")
    )
    notes = [
        f"{one.model}, {one.trust}; {one.layer}; probability of {whose(result)}{after}",
        "deletion: small is good; insertion: large is good; a map that is no better than random says nothing",
    ]
    return make_table(result.source, columns, rows, width=width, notes=notes)


# --- files ------------------------------------------------------------------------------------------------------------
def write_chart(result: Faithfulness, path: Path) -> None:
    save_figure(faithfulness_chart(MapComparison(result.video, (result,))), path)


def write_faithfulness(result: Faithfulness, path: Path) -> None:
    write_document(faithfulness_document(result), path)


def write_comparison_chart(result: MapComparison, path: Path) -> None:
    save_figure(faithfulness_chart(result), path)


def write_comparison(result: MapComparison, path: Path) -> None:
    write_document(comparison_document(result), path)


def write_csv(result: MapComparison, path: Path) -> None:
    """A row a video and method."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["video", "target", "layer", "method", *CURVES, "model", "trust", "error"])
        for row in result.rows:
            for method in (*row.curves, RANDOM):
                writer.writerow([row.video, row.label, row.layer, method, *row.areas(method), row.model, row.trust, ""])
        writer.writerows([name, *[""] * (len(CURVES) + 5), why] for name, why in result.skipped)
