"""Filters as the paper's figure 7: frames, where the model looks, and a column a position with its filter and temporal kernel."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from dtfviz.core.errors import OptionError
from dtfviz.core.models.dtf import RELEASED
from dtfviz.core.render.cam_sheet import draw_scale
from dtfviz.core.render.colour import Scale
from dtfviz.core.render.figures import PAGE, mark_trust, shorten, style, wrap_parts
from dtfviz.core.render.film import LOOKS, Look, choose_factor, draw_film
from dtfviz.core.render.responses import PHASE_FLOOR, QUANTILES, VIEWS, Channels, Response, places_of, respond
from dtfviz.core.results.filters import DEFAULT_MEASURE, AnyFilters, Filters, Position

NARROW = 5.0  # inches: below, blocks stand above each other
EVERYWHERE = Look("0.25", "s", "", "-")
ROWS = {"raw": ("magnitude", "phase", "kernel"), "effective": ("magnitude", "kernel")}
HEIGHTS = {"magnitude": 1.15, "phase": 0.55, "kernel": 1.15}  # inches
NAMES = {
    ("raw", "magnitude"): "filter\n|F|",
    ("raw", "phase"): "phase\nof F",
    ("raw", "kernel"): "temporal\nkernel",
    ("effective", "magnitude"): "effective\ngain",
    ("effective", "kernel"): "effective\nkernel",
}
Panel = tuple[str, str]  # view and row


def filter_sheet(
    results: Sequence[AnyFilters],
    titles: Sequence[str] = ("",),
    *,
    view: str = "both",
    channels: str = "top:8",
    measure: str = DEFAULT_MEASURE,
    width: float = PAGE,
    has_caption: bool = True,
) -> Figure:
    """A block a result, all on the same scales."""
    check_room(results, width)
    across = 2 if len(results) > 1 and width > NARROW else 1
    down = -(-len(results) // across)
    views = VIEWS[view] if any(has_effect(found) for found in results) else ("raw",)
    panels = [(name, row) for name in views for row in ROWS[name] if row != "phase" or is_predicted(results)]
    shown = [
        [{name: respond(found, name, place, channels) for name in views} for place in range(len(places_of(found)))] for found in results
    ]
    limits = {panel: limits_of([column[panel[0]] for block in shown for column in block], panel) for panel in panels}
    film = max(height_of_film(found, width / across, frames_of(width / across)) for found in results) + 0.25 * any(titles)
    curves = sum(HEIGHTS[row] for _, row in panels) + 0.55
    factor = choose_factor(results)
    lines = caption_of(results, panels, factor, channels, measure, width) if has_caption else ""
    with style():
        figure = Figure(figsize=(width, down * (film + curves) + 0.11 * (1 + lines.count("\n"))))
        blocks: Any = figure.subfigures(down, across, squeeze=False, wspace=0.02, hspace=0.02)
        for block, found, title, columns in zip(blocks.flat, results, titles, shown, strict=False):
            above, below = block.subfigures(2, 1, height_ratios=[film, curves])
            draw_above(above, found, title, frames_of(width / across), scale_of(results, found), factor)
            draw_columns(below, found, columns, panels, limits, measure, width / across)
        mark_trust(figure, next((found.trust for found in results if found.trust != "trained"), "trained"))
        if lines:
            figure.supxlabel(lines, fontsize=6, color="0.5")
    return figure


# --- how much there is room for ---------------------------------------------------------------------------------------
def check_room(results: Sequence[AnyFilters], width: float) -> None:
    most = max(len(places_of(found)) for found in results)
    room = min(len(LOOKS), int(width / (2 if len(results) > 1 and width > NARROW else 1) / 1.05))
    if most > room:
        raise OptionError(
            f"{most} positions do not fit in a picture {width:g} inches wide",
            fact=f"there is room for {room}" + (" of each" if len(results) > 1 else ""),
            hint="ask for fewer positions, or a larger --width",
        )


def frames_of(width: float) -> int:
    return 5 if width > NARROW else 3


def height_of_film(found: AnyFilters, width: float, count: int) -> float:
    video = found.clip.video
    rows = 1 if found.cam is None else 2
    return rows * (width - 0.35) / (count + 0.06) * video.height / video.width + 0.42


def has_effect(found: AnyFilters) -> bool:
    """Whether anything stands between the filter and what it does: a bare convolution is its own effect."""
    return isinstance(found, Filters) or bool((found.scale != 1).any())


def is_predicted(results: Sequence[AnyFilters]) -> bool:
    return any(isinstance(found, Filters) for found in results)


def scale_of(results: Sequence[AnyFilters], found: AnyFilters) -> Scale:
    """Of the maps: each result's own, since their classes and layers differ."""
    return Scale("clip", 0.0, 1.0 if found.cam is None else found.cam.highest)


def limits_of(responses: Sequence[Response], panel: Panel) -> tuple[float, float]:
    """What the panels of a kind need, so that they can be compared by eye."""
    if panel[1] == "phase":
        return -1.2 * np.pi, 1.2 * np.pi
    parts = [response.magnitude if panel[1] == "magnitude" else response.kernel for response in responses]
    lowest, highest = min(part.extent[0] for part in parts), max(part.extent[1] for part in parts)
    if panel[1] == "kernel":
        own = [response.own[1] for response in responses if response.own is not None]
        lowest = min([lowest, 0.0, *(float(values.min()) for values in own)])
    else:
        lowest = 0.0
    room = 0.06 * (highest - lowest) or 1.0
    return lowest - room * (lowest < 0), highest + room


# --- frames -----------------------------------------------------------------------------------------------------------
def draw_above(block: SubFigure, found: AnyFilters, title: str, count: int, scale: Scale, factor: float) -> None:
    has_map = found.cam is not None
    ratios = {"wspace": 0.02, "hspace": 0.02, "width_ratios": [*[1.0] * count, 0.06]}
    grid: Any = block.subplots(1 + has_map, count + 1, squeeze=False, gridspec_kw=ratios)
    draw_film(grid[:, :-1], found, scale, factor)
    grid[0][-1].set_axis_off()
    if found.cam is not None:
        draw_scale(block, grid[1][-1], scale, words="")
        label = f"Grad-CAM of {shorten(found.cam.target.label)} ({found.cam.probability:.2f}), {found.cam.layer}"
        block.supxlabel(label, fontsize=7, color="0.3")
    if title:
        block.suptitle(shorten(title, 60), x=0.01, ha="left", fontsize=9)


# --- curves -----------------------------------------------------------------------------------------------------------
def draw_columns(
    block: SubFigure,
    found: AnyFilters,
    columns: Sequence[dict[str, Response]],
    panels: Sequence[Panel],
    limits: dict[Panel, tuple[float, float]],
    measure: str,
    width: float,
) -> None:
    ratios = [HEIGHTS[row] for _, row in panels]
    grid: Any = block.subplots(len(panels), len(columns), squeeze=False, height_ratios=ratios)
    for column, (place, responses) in enumerate(zip(places_of(found), columns, strict=True)):
        look = EVERYWHERE if place is None else LOOKS[column]
        for row, panel in enumerate(panels):
            axes, response = grid[row][column], responses[panel[0]]
            draw_panel(axes, response, panel[1], look)
            axes.set_ylim(limits[panel])
            axes.yaxis.set_major_locator(MaxNLocator(3))
            if panel[1] == "phase":
                axes.set_yticks([-np.pi, 0, np.pi], ["-π", "0", "π"])
            if panel == ("raw", "magnitude") and ("raw", "phase") in panels and response.phase is not None:
                axes.tick_params(labelbottom=False)
                axes.set_xlabel("")
            if column == 0:
                name = NAMES[panel] if isinstance(found, Filters) else NAMES[panel].replace("filter\n|F|", "gain of\nkernel")
                axes.set_ylabel(name, fontsize=7)
            else:
                axes.tick_params(labelleft=False)
        grid[0][column].set_title(heading(found, place, column, measure), loc="center", fontsize=7, color=look.colour, pad=4)
    block.align_ylabels()


def heading(found: AnyFilters, place: Position | None, column: int, measure: str) -> str:
    if not isinstance(found, Filters) or place is None:
        return f"{getattr(found, 'kind', '')}: the same at every position"
    cells = found.grid[0] * found.grid[1]
    rank = "the same everywhere" if found.same_everywhere else f"rank {found.ranks(measure)[column]} of {cells}"
    return f"{LOOKS[column].sign} pixel {place.x:.0f},{place.y:.0f} · cell {place.col},{place.row}\n{rank}"


def draw_panel(axes: Axes, response: Response, row: str, look: Look) -> None:
    if row == "kernel":
        draw_values(axes, response.lags, response.kernel, look, None if response.own is None else response.own[1])
        axes.axvline(0, color="0.8", linewidth=3, zorder=0)
        steps = "lag (steps)" if response.period is None else f"lag (steps, circular over {response.period})"
        mark_axis(axes, response.lags, 1.0, steps, response.spacing, "s")
        return
    bins = response.frequencies * (response.period or 1)
    if row == "phase":
        draw_phase(axes, bins, response, look)
    else:
        draw_values(axes, bins, response.magnitude, look, None if response.own is None else response.own[0])
    unit = "bin" if response.period else "cycles a step"
    mark_axis(axes, bins, 1.0, unit, 1 / (response.spacing * (response.period or 1)), "Hz", has_second=row == "magnitude")


def draw_values(axes: Axes, at: Any, values: Channels, look: Look, own: Any = None) -> None:
    """Stems where there are few values and a curve where there are many; the channels' band around their mean."""
    if len(at) > 33:
        axes.fill_between(at, values.low, values.high, color=look.colour, alpha=0.2, linewidth=0)
        axes.plot(at, values.mean, color=look.colour, linewidth=1.4)
        axes.plot(at, values.single.T, color="0.6", linewidth=0.5, zorder=1)
        return
    gap = min((float(b - a) for a, b in pairwise(at)), default=1.0)
    width = 0.62 * min(gap, (at[-1] - at[0]) / 6)
    axes.bar(at, values.high - values.low, width=width, bottom=values.low, color=look.colour, alpha=0.18, linewidth=0)
    for one in values.single:
        axes.plot(at, one, color="0.55", linestyle="", marker="_", markersize=3.5, markeredgewidth=0.7, zorder=2)
    axes.vlines(at, 0, values.mean, color=look.colour, linestyle=look.line, linewidth=1.2, zorder=3)
    axes.plot(at, values.mean, color=look.colour, linestyle="", marker=look.mark, markersize=3.2, zorder=4)
    if own is not None:
        axes.plot(at, own, color="black", linestyle="", marker="x", markersize=3, markeredgewidth=0.8, zorder=5)
    axes.axhline(0, color="0.6", linewidth=0.6)


def draw_phase(axes: Axes, bins: Any, response: Response, look: Look) -> None:
    if response.phase is None:
        axes.set_axis_off()
        return
    mean, single = response.phase[0], response.phase[1:]
    axes.axhline(0, color="0.85", linewidth=0.6)
    for one in single:
        axes.plot(bins, one, color="0.55", linestyle="", marker="_", markersize=3.5, markeredgewidth=0.7)
    axes.plot(bins, mean, color=look.colour, linestyle="", marker=look.mark, markersize=3.2)
    axes.set_xlim(bins[0] - 0.5, bins[-1] + 0.5)


def mark_axis(axes: Axes, at: Any, factor: float, label: str, second: float, unit: str, has_second: bool = True) -> None:
    """Round ticks beneath, and the same places in the unit of the video's time above, where it has one."""
    room = 0.5 if len(at) <= 33 else 0.0
    axes.set_xlim(at[0] - room, at[-1] + room)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=len(at) <= 33))
    axes.tick_params(labelsize=6, length=2, pad=1.5)
    axes.set_xlabel(label, fontsize=6, labelpad=1)
    if has_second and np.isfinite(second):
        above = axes.secondary_xaxis("top", functions=(partial(np.multiply, second), partial(np.multiply, 1 / second)))
        above.xaxis.set_major_locator(MaxNLocator(4))
        above.tick_params(labelsize=6, length=2, pad=1, colors="0.45")
        above.spines["top"].set_visible(False)
        above.set_xlabel(unit, fontsize=6, color="0.45", labelpad=1)


# --- the truth ---------------------------------------------------------------------------------------------------------
def caption_of(results: Sequence[AnyFilters], panels: Sequence[Panel], factor: float, channels: str, measure: str, width: float) -> str:
    low, high = QUANTILES
    parts = list(dict.fromkeys(part for found in results for part in facts_of(found)))
    parts += ["marks: mean over channels", f"bands: {low:.0%} to {high:.0%} of channels"]
    if channels != "mean":
        parts.append(f"grey: channels {channels}")
    if is_predicted(results):
        parts.append(f"ranks among all cells, by {measure}")
    if ("raw", "phase") in panels:
        parts.append(f"phase where |F| is above {PHASE_FLOOR:.0%} of its largest")
    if ("effective", "kernel") in panels and is_predicted(results):
        parts += ["effective: over all input channels", "crosses: a channel's answer to itself"]
    if not all(isinstance(found, Filters) for found in results):
        parts += ["convolutions: gain over all inputs", "kernel of each channel's strongest input"]
    if any(isinstance(found, Filters) and found.displacement is not None for found in results):
        parts += [
            "arrows: expected displacement until the next step",
            f"drawn {factor:g} times as long" if factor > 1 else "in true length",
        ]
    parts.append("panels of a kind share their scale")
    return wrap_parts(parts, width)


def facts_of(found: AnyFilters) -> list[str]:
    clip = found.clip
    apart = f", {found.spacing:.3g} s apart" if np.isfinite(found.spacing) else ""
    parts = [f"{found.model} ({found.trust})", f"{found.layer}, {found.steps} steps{apart}"]
    if isinstance(found, Filters):
        parts.append(f"{found.filter_layout} layout" + (f": {distinct_of(found)}" if found.filter_layout == RELEASED else ""))
    parts.append(f"{shorten(clip.video.path.name, 40)}, {len(clip.indices)} frames, {min(clip.times):.2f} to {max(clip.times):.2f} s")
    return parts


def distinct_of(found: Filters) -> str:
    """How many numbers the released layout leaves a channel for all its bins."""
    fewest, most = int(found.distinct.min()), int(found.distinct.max())
    count = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    return f"a channel holds {count} distinct value{'s' if most > 1 else ''}"
