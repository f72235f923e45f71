"""One panel of a filter sheet: a spectrum, its phase or a temporal kernel, over channels."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from dtfviz.core.render.filters.film import Look
from dtfviz.core.render.filters.responses import Channels, Response
from dtfviz.core.results.filters import Reals

Panel = tuple[str, str]  # view and row
ROWS = {"raw": ("magnitude", "phase", "kernel"), "effective": ("magnitude", "kernel")}
HEIGHTS = {"magnitude": 1.15, "phase": 0.55, "kernel": 1.15}  # inches
NAMES = {
    ("raw", "magnitude"): "filter\n|F|",
    ("raw", "phase"): "phase\nof F",
    ("raw", "kernel"): "temporal\nkernel",
    ("effective", "magnitude"): "effective\ngain",
    ("effective", "kernel"): "effective\nkernel",
}


def limits_of(responses: Sequence[Response], row: str) -> tuple[float, float]:
    """What the panels of a kind need, so that they can be compared by eye."""
    if row == "phase":
        return -1.2 * np.pi, 1.2 * np.pi
    parts = [response.magnitude if row == "magnitude" else response.kernel for response in responses]
    own = [float(response.own[1].min()) for response in responses if response.own is not None and row == "kernel"]
    lowest, highest = min([0.0, *own, *(part.extent[0] for part in parts)]), max(part.extent[1] for part in parts)
    room = 0.06 * (highest - lowest) or 1.0
    return lowest - room * (lowest < 0), highest + room


def draw_panel(axes: Axes, response: Response, row: str, look: Look) -> None:
    """One response in one row of the sheet."""
    own_magnitude, own_kernel = response.own or (None, None)
    if row == "kernel":
        axes.axvline(0, color="0.8", linewidth=3, zorder=0)
        draw_stems(axes, response.lags, response.kernel, look, own_kernel)
        mark_below(
            axes,
            response.lags,
            "lag (steps)" if response.period is None else f"lag (steps, circular over {response.period})",
        )
        mark_above(axes, response.spacing, "s")
    elif row == "phase":
        draw_phase(axes, response, look)
    elif response.period is None:
        draw_curve(axes, response.frequencies, response.magnitude, look)
        mark_below(axes, response.frequencies, "cycles a step", is_continuous=True)
        mark_above(axes, 1 / response.spacing, "Hz")
    else:
        draw_stems(axes, response.bins, response.magnitude, look, own_magnitude)
        mark_below(axes, response.bins, "bin")
        mark_above(axes, 1 / (response.spacing * response.period), "Hz")


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


def draw_curve(axes: Axes, at: Reals, values: Channels, look: Look) -> None:
    """A fixed kernel has a response at every frequency."""
    axes.fill_between(at, values.low, values.high, color=look.colour, alpha=0.2, linewidth=0)
    axes.plot(at, values.single.T, color="0.6", linewidth=0.5, zorder=1)
    axes.plot(at, values.mean, color=look.colour, linewidth=1.4)


def draw_phase(axes: Axes, response: Response, look: Look) -> None:
    """Where the magnitude is high enough for it to mean something."""
    if response.phase is None:
        axes.set_axis_off()
        return
    axes.axhline(0, color="0.85", linewidth=0.6)
    draw_ticks(axes, response.bins, response.phase[1:])
    axes.plot(response.bins, response.phase[0], color=look.colour, linestyle="", marker=look.mark, markersize=3.2)
    mark_below(axes, response.bins, "bin")


def draw_ticks(axes: Axes, at: Reals, rows: Reals) -> None:
    """Single channels."""
    for row in rows:
        axes.plot(at, row, color="0.55", linestyle="", marker="_", markersize=3.5, markeredgewidth=0.7, zorder=2)


# --- axes -------------------------------------------------------------------------------------------------------------
def mark_below(axes: Axes, at: NDArray[Any], label: str, *, is_continuous: bool = False) -> None:
    """The axis in bins or steps."""
    room = 0.0 if is_continuous else 0.5
    axes.set_xlim(at[0] - room, at[-1] + room)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=not is_continuous))
    axes.tick_params(labelsize=6, length=2, pad=1.5)
    axes.set_xlabel(label, fontsize=6, labelpad=1)


def mark_above(axes: Axes, factor: float, unit: str) -> None:
    """The same places in the unit of the video's time, where it has one."""
    if not np.isfinite(factor):
        return
    above = axes.secondary_xaxis("top", functions=(partial(np.multiply, factor), partial(np.multiply, 1 / factor)))
    above.xaxis.set_major_locator(MaxNLocator(4))
    above.tick_params(labelsize=6, length=2, pad=1, colors="0.45")
    above.spines["top"].set_visible(False)
    above.set_xlabel(unit, fontsize=6, color="0.45", labelpad=1)
