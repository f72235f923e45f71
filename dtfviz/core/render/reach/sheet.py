"""How far a position sees, as a sheet: where in the frame, when in the clip, and both at once."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from dtfviz.core.render.drawing import PAGE
from dtfviz.core.render.style.figures import NARROW, VERMILION, mark_trust, save_figure, shorten, style, wrap_parts
from dtfviz.core.results.reach import Reach, Span

FAINTEST = 1e-4  # of the highest value: where the colours begin
COLOURS = "viridis"


def reach_sheet(reach: Reach, *, width: float = PAGE, has_caption: bool = True) -> Figure:
    """The frame on the left; on the right frames of the clip, and below them the columns that matter in each."""
    with style():
        figure = Figure(figsize=(width, 3.9 if width > NARROW else 6.6))
        where, when, both = panels(figure, width)
        image = draw_map(where, reach)
        draw_profile(when, reach)
        draw_slice(both, reach)
        when.tick_params(labelbottom=False)
        bar = figure.colorbar(image, ax=[where, when, both], location="bottom", aspect=8 * width, pad=0.02, shrink=0.8)
        bar.outline.set_visible(False)
        bar.minorticks_off()
        bar.set_label("energy as a share of the map's highest", fontsize=7)
        mark_trust(figure, reach.trust)
        figure.suptitle(f"What one position of {shorten(reach.layer)} sees", x=0.01, ha="left", fontsize=9)
        if has_caption:
            figure.supxlabel(caption_of([reach], width), fontsize=6, color="0.5")
    return figure


def panels(figure: Figure, width: float) -> tuple[Axes, Axes, Axes]:
    """Side by side on a page, above each other in a column."""
    if width > NARROW:
        grid = figure.add_gridspec(2, 2, width_ratios=[1, 1.25])
        first, second, third = grid[:, 0], grid[0, 1], grid[1, 1]
    else:
        grid = figure.add_gridspec(3, 1, height_ratios=[2.2, 1, 1])
        first, second, third = grid[0], grid[1], grid[2]
    where, when = figure.add_subplot(first), figure.add_subplot(second)
    return where, when, figure.add_subplot(third, sharex=when)


def place_words(reach: Reach) -> str:
    """The cell in words."""
    _, row, col = reach.position
    return f"cell in column {col}, row {row}"


# --- panels -----------------------------------------------------------------------------------------------------------
def shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the highest; what is nothing at all is left blank."""
    return np.asarray(np.where(values > 0, np.maximum(values / values.max(), FAINTEST), np.nan))


def draw_map(axes: Axes, reach: Reach) -> AxesImage:
    """With the outline of what can reach the position at all, by structure."""
    rows, cols = reach.spans.rows, reach.spans.cols
    image = axes.imshow(shares(reach.map), norm=LogNorm(FAINTEST, 1), cmap=COLOURS, interpolation="nearest")
    axes.set_title(f"where: 90 % from {reach.areas[0.9]:,} px²")
    axes.set_xlabel("column, px")
    axes.set_ylabel("row, px")
    if not (rows.unknown or cols.unknown):
        _, row, col = reach.position
        (top, bottom), (left, right) = rows.inside(row), cols.inside(col)
        box = Rectangle(
            (left - 0.5, top - 0.5), right - left + 1, bottom - top + 1, fill=False, edgecolor=VERMILION, linestyle="--"
        )
        axes.add_patch(box)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    return image


def own_frames(reach: Reach) -> tuple[float, float]:
    """The part of the clip that the position's own step stands for."""
    each = len(reach.profile) / reach.grid[0]
    return reach.position[0] * each - 0.5, (reach.position[0] + 1) * each - 0.5


def draw_profile(axes: Axes, reach: Reach) -> None:
    """Stems: frames are discrete. A frame from which nothing comes has none."""
    draw_stems(axes, reach, VERMILION)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.set_ylabel("share of\nthe energy")
    axes.set_title(f"when: {reached_words(reach)}, 90 % from {reach.durations[0.9]}")


def draw_stems(axes: Axes, reach: Reach, colour: str, low: float = 0.0) -> None:
    """A stem a frame, with its standard error."""
    frames, profile = np.arange(len(reach.profile)), 100 * reach.profile
    seen = profile > 0
    axes.axvspan(*own_frames(reach), color="0.92", zorder=0, linewidth=0)
    axes.vlines(frames[seen], low, profile[seen], color=colour, linewidth=1.2)
    axes.errorbar(
        frames[seen],
        profile[seen],
        100 * reach.profile_error[seen],
        fmt="s",
        markersize=2.5,
        color=colour,
        elinewidth=0.8,
        ecolor="0.3",
        clip_on=False,
    )
    axes.set_xlim(-0.5, len(frames) - 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.yaxis.set_major_formatter("{x:g} %")


def reached_words(reach: Reach) -> str:
    """How many frames matter at all."""
    return f"{reach.reached} of {len(reach.profile)} frames"


def draw_slice(axes: Axes, reach: Reach) -> None:
    """Columns over time."""
    axes.imshow(shares(reach.slice).T, norm=LogNorm(FAINTEST, 1), cmap=COLOURS, interpolation="nearest", aspect="auto")
    axes.set_xlabel("frame; grey: those of the step itself")
    axes.set_ylabel("column, px")
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))


# --- words ------------------------------------------------------------------------------------------------------------
def caption_of(reaches: Sequence[Reach], width: float) -> str:
    """What must be known of the measurement."""
    one = reaches[0]
    parts = [f"{reach.model} ({reach.trust})" for reach in reaches]
    layers = dict.fromkeys(
        f"{reach.layer}, step {reach.position[0]} of {reach.grid[0]}, {place_words(reach)}" for reach in reaches
    )
    words = [*dict.fromkeys(parts), *layers, f"clips of {one.clips}: {one.count}, seed {one.seed}"]
    words += ["squared gradients, each clip's sum 1; bars: standard error"]
    if len(reaches) == 1:
        words += [
            f"by structure: time {span_words(one.spans.time, 'frames')}, rows {span_words(one.spans.rows, 'px')} "
            "(dashed)"
        ]
    else:
        words += ["vermilion: global in time by structure"]
    return wrap_parts([*words, *dict.fromkeys(remark for reach in reaches for remark in reach.remarks)], width)


def span_words(span: Span, unit: str) -> str:
    """One span in words."""
    if span.unknown:
        return "unknown"
    return "global" if span.is_global else f"{span.size} {unit}"


def write_sheet(reach: Reach, path: Path) -> None:
    save_figure(reach_sheet(reach), path)
