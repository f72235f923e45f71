"""One panel of a filter sheet: a spectrum, its phase or a temporal kernel, over channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from dtfviz.core.render.filters.film import Look
from dtfviz.core.render.filters.responses import Channels, Response, phases
from dtfviz.core.results.filters import Reals

Panel = tuple[str, str]  # view and row
ROWS = {"raw": ("magnitude", "phase", "kernel"), "effective": ("magnitude", "kernel")}
NAMES = {
    ("raw", "magnitude"): "filter |F|\n(hollow: not\nin the kernel)",
    ("raw", "phase"): "phase\nof F",
    ("raw", "kernel"): "temporal\nkernel",
    ("effective", "magnitude"): "effective gain:\nroot of squares\nover inputs",
    ("effective", "kernel"): "effective kernel:\nroot of squares\nover inputs",
}
FIXED_NAMES = {  # of convolutions
    ("raw", "magnitude"): "gain of\nkernel",
    ("raw", "phase"): "",
    ("raw", "kernel"): "temporal\nkernel",
    ("effective", "magnitude"): "effective\ngain",
    ("effective", "kernel"): "effective\nkernel",
}
TICK_ROOM = 0.28  # inches that a tick asks for


@dataclass(frozen=True)
class Column:
    """How the panels of a column are drawn."""

    look: Look
    floor: float  # magnitude below which no phase is shown
    ticks: int  # that there is room for along an axis
    ends: tuple[bool, bool]  # whether axes are told above the panels and beneath


@dataclass(frozen=True)
class Told:
    """What an axis says: in bins or steps beneath, in the unit of the video's time above."""

    at: NDArray[Any]
    label: str
    unit: str
    factor: float  # from one to the other; NaN where there is no other
    is_continuous: bool = False


def limits_of(responses: Sequence[Response], row: str) -> tuple[float, float]:
    """What the panels of a kind need, so that they can be compared by eye."""
    if row == "phase":
        return -1.2 * np.pi, 1.2 * np.pi
    parts = [response.magnitude if row == "magnitude" else response.kernel for response in responses]
    own = [float(response.own[1].min()) for response in responses if response.own is not None and row == "kernel"]
    beyond = [float(np.nanmax(each.beyond)) for each in responses if each.beyond is not None and row == "magnitude"]
    lowest = min([0.0, *own, *(part.extent[0] for part in parts)])
    highest = max([*beyond, *(part.extent[1] for part in parts)])
    room = 0.06 * (highest - lowest) or 1.0
    return lowest - room * (lowest < 0), highest + room


def draw_panel(axes: Axes, response: Response, row: str, column: Column) -> None:
    """One response in one row of the sheet."""
    look = column.look
    own_magnitude, own_kernel = response.own or (None, None)
    if row == "kernel":
        axes.axvline(0, color="0.8", linewidth=3, zorder=0)
        draw_stems(axes, response.lags, response.kernel, look, own_kernel)
    elif row == "phase":
        draw_phase(axes, response, column)
    elif response.period is None:
        draw_curve(axes, response.frequencies, response.magnitude, look)
    else:
        draw_stems(axes, response.bins, response.magnitude, look, own_magnitude)
        if response.beyond is not None:
            draw_beyond(axes, response.bins, response.magnitude.mean, response.beyond, look)


def axis_of(response: Response, row: str) -> Told:
    """Of lags in seconds; of frequencies in Hz or, where steps are apart by no one time, in cycles a step."""
    if row == "kernel":
        label = "lag (steps)" if response.period is None else f"circular lag (of {response.period} steps)"
        return Told(response.lags, label, "s", response.spacing)
    if response.period is None:
        return Told(response.frequencies, "cycles a step", "Hz", 1 / response.spacing, is_continuous=True)
    cycles = 1 / response.period
    unit, factor = ("Hz", cycles / response.spacing) if np.isfinite(response.spacing) else ("cycles a step", cycles)
    return Told(response.bins, "bin", unit, factor)


# --- values -----------------------------------------------------------------------------------------------------------
def draw_stems(axes: Axes, at: NDArray[Any], values: Channels, look: Look, own: Reals | None) -> None:
    """The mean over channels, the band around it, single channels, and a channel's answer to itself."""
    gap = min((float(b - a) for a, b in pairwise(at)), default=1.0)
    width = 0.62 * min(gap, float(np.ptp(at)) / 6 or gap)
    axes.bar(at, values.high - values.low, width=width, bottom=values.low, color=look.colour, alpha=0.18, linewidth=0)
    draw_ticks(axes, at, values.single)
    axes.vlines(at, 0, values.mean, color=look.colour, linestyle=look.line, linewidth=1.2, zorder=3)
    axes.plot(at, values.mean, color=look.colour, linestyle="", marker=look.mark, markersize=3.2, zorder=4)
    if own is not None:
        axes.plot(at, own, color="black", linestyle="", marker="x", markersize=3, markeredgewidth=0.8, zorder=5)
    axes.axhline(0, color="0.6", linewidth=0.6)


def draw_beyond(axes: Axes, at: NDArray[Any], kept: Reals, whole: Reals, look: Look) -> None:
    """A hollow bar from what is in the kernel to all that is predicted."""
    axes.bar(at, whole - kept, width=0.3, bottom=kept, fill=False, edgecolor=look.colour, linestyle=":", linewidth=0.9)
    axes.plot(at, whole, color=look.colour, linestyle="", marker=look.mark, markersize=3.2, fillstyle="none")


def draw_curve(axes: Axes, at: Reals, values: Channels, look: Look) -> None:
    """A fixed kernel has a response at every frequency."""
    axes.fill_between(at, values.low, values.high, color=look.colour, alpha=0.2, linewidth=0)
    axes.plot(at, values.single.T, color="0.6", linewidth=0.5, zorder=1)
    axes.plot(at, values.mean, color=look.colour, linewidth=1.4)


def draw_phase(axes: Axes, response: Response, column: Column) -> None:
    """Where the magnitude is high enough for it to mean something."""
    if response.spectra is None or response.period is None:
        axes.set_axis_off()
        return
    shown, look = phases(response.spectra, response.period, column.floor), column.look
    axes.axhline(0, color="0.85", linewidth=0.6)
    draw_ticks(axes, response.bins, shown[1:])
    axes.plot(response.bins, shown[0], color=look.colour, linestyle="", marker=look.mark, markersize=3.2)
    if np.isnan(shown).all():
        axes.text(0.5, 0.5, "too weak", transform=axes.transAxes, ha="center", va="center", fontsize=6, color="0.45")


def draw_ticks(axes: Axes, at: Reals, rows: Reals) -> None:
    """Single channels."""
    for row in rows:
        axes.plot(at, row, color="0.55", linestyle="", marker="_", markersize=3.5, markeredgewidth=0.7, zorder=2)


# --- axes -------------------------------------------------------------------------------------------------------------
def choose_ticks(first: float, last: float, most: int, *, is_integer: bool = False) -> list[float]:
    """Both ends, which matter most, and round numbers between them that do not crowd them."""
    if first == last:
        return [first]
    round_ones = MaxNLocator(max(1, most - 1), integer=is_integer).tick_values(first, last)
    room = 0.65 * (round_ones[1] - round_ones[0])
    return [first, *(float(tick) for tick in round_ones if first + room <= tick <= last - room), last]


def mark_ends(first: Axes, last: Axes, told: Told, column: Column) -> None:
    """The axis that panels beneath each other share, above the first of them and beneath the last."""
    has_top, has_bottom = column.ends
    mark_below(last, told, column.ticks, has_labels=has_bottom)
    if has_top and np.isfinite(told.factor):
        mark_above(first, told, column.ticks)


def mark_below(axes: Axes, told: Told, ticks: int, *, has_labels: bool) -> None:
    """In bins or steps."""
    room, (begin, end) = 0.0 if told.is_continuous else 0.5, (float(told.at[0]), float(told.at[-1]))
    axes.set_xlim(begin - room, end + room)
    chosen = choose_ticks(begin, end, ticks, is_integer=not told.is_continuous)
    axes.set_xticks(chosen, [f"{tick:.3g}" for tick in chosen])
    if has_labels:
        axes.tick_params(axis="x", labelbottom=True)
        axes.set_xlabel(told.label, fontsize=6, labelpad=1)


def mark_above(axes: Axes, told: Told, ticks: int) -> None:
    """The same places in the unit of the video's time."""
    factor = told.factor
    above = axes.secondary_xaxis("top", functions=(partial(np.multiply, factor), partial(np.multiply, 1 / factor)))
    chosen = choose_ticks(float(told.at[0]) * factor, float(told.at[-1]) * factor, ticks)
    above.set_xticks(chosen, [f"{tick:.3g}" for tick in chosen])
    above.tick_params(labelsize=6, length=2, pad=1, colors="0.45")
    above.spines["top"].set_visible(False)
    above.set_xlabel(told.unit, fontsize=6, color="0.45", labelpad=1)
