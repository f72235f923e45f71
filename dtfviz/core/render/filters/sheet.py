"""Filters as the paper's figure 7: frames, where the model looks, and a column a position with its filter and
temporal kernel.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from dtfviz.core.choices import DEFAULT_MEASURE, RELEASED
from dtfviz.core.errors import OptionError
from dtfviz.core.render.cam.sheet import draw_scale
from dtfviz.core.render.cam.words import headline, unit_of
from dtfviz.core.render.drawing import PAGE
from dtfviz.core.render.filters.film import LOOKS, Look, choose_factor, draw_film
from dtfviz.core.render.filters.panels import (
    FIXED_NAMES,
    HEIGHTS,
    NAMES,
    ROWS,
    TICK_ROOM,
    Column,
    Panel,
    draw_panel,
    limits_of,
)
from dtfviz.core.render.filters.responses import (
    PHASE_FLOOR,
    QUANTILES,
    VIEWS,
    Response,
    phase_floor,
    places_of,
    respond,
)
from dtfviz.core.render.style.colour import choose_scale
from dtfviz.core.render.style.figures import NARROW, mark_trust, shorten, style, wrap_parts
from dtfviz.core.results.filters import AnyFilters, Filters, Position

EVERYWHERE = Look("0.25", "s", "", "-")


@dataclass(frozen=True)
class Plan:
    """What all blocks of a sheet agree in."""

    width: float  # inches of a block
    limits: Mapping[Panel, tuple[float, float]]  # of the panels, from above to below
    floor: float  # magnitude below which no phase is shown
    factor: float  # by which arrows are lengthened
    channels: str
    measure: str

    @property
    def frames(self) -> int:
        return 5 if self.width > NARROW else 3

    @property
    def curves(self) -> float:
        """Inches of the panels."""
        return sum(HEIGHTS[row] for _, row in self.limits) + 0.55


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
    across = 2 if len(results) > 1 and width > NARROW else 1
    down = -(-len(results) // across)
    check_room(results, width / across)
    responses = [respond_everywhere(found, view, channels) for found in results]
    limits = limits_by_panel(results, responses, view)
    floor = phase_floor(column["raw"] for block in responses for column in block if "raw" in column)
    plan = Plan(width / across, limits, floor, choose_factor(results), channels, measure)
    film = max(height_of_film(found, plan) for found in results) + 0.25 * any(titles)
    lines = caption_of(results, plan, width) if has_caption else ""
    with style():
        figure = Figure(figsize=(width, down * (film + plan.curves) + 0.11 * (1 + lines.count("\n"))))
        blocks: Any = figure.subfigures(down, across, squeeze=False, wspace=0.02, hspace=0.02)
        for block, found, title, columns in zip(blocks.flat, results, titles, responses, strict=False):
            above, below = block.subfigures(2, 1, height_ratios=[film, plan.curves])
            draw_above(above, found, title, plan)
            draw_columns(below, found, columns, plan)
        mark_trust(figure, next((found.trust for found in results if found.trust != "trained"), "trained"))
        if lines:
            figure.supxlabel(lines, fontsize=6, color="0.5")
    return figure


def respond_everywhere(found: AnyFilters, view: str, channels: str) -> list[dict[str, Response]]:
    """A column a position, in every view."""
    return [
        {name: respond(found, name, place, channels) for name in VIEWS[view]} for place in range(len(places_of(found)))
    ]


def limits_by_panel(
    results: Sequence[AnyFilters], responses: Sequence[Sequence[dict[str, Response]]], view: str
) -> dict[Panel, tuple[float, float]]:
    """The panels that there are, each with one scale for all results and positions."""
    views = VIEWS[view] if any(has_effect(found) for found in results) else ("raw",)
    columns = [column for block in responses for column in block]
    rows = [(name, row) for name in views for row in ROWS[name] if row != "phase" or is_predicted(results)]
    return {(name, row): limits_of([column[name] for column in columns], row) for name, row in rows}


def has_effect(found: AnyFilters) -> bool:
    """Whether anything stands between the filter and what it does: a bare convolution is its own effect."""
    return isinstance(found, Filters) or bool((found.scale != 1).any())


def is_predicted(results: Sequence[AnyFilters]) -> bool:
    """Whether any filter belongs to a position."""
    return any(isinstance(found, Filters) for found in results)


# --- how much there is room for ---------------------------------------------------------------------------------------
def check_room(results: Sequence[AnyFilters], width: float) -> None:
    """An error for more positions than the width can hold."""
    most, room = max(len(places_of(found)) for found in results), min(len(LOOKS), int(width / 1.05))
    if most > room:
        raise OptionError(
            f"{most} positions do not fit beside each other in {width:g} inches",
            fact=f"there is room for {room}",
            hint="ask for fewer positions, or a larger width",
        )


def height_of_film(found: AnyFilters, plan: Plan) -> float:
    """Inches of the frames above the curves."""
    video = found.clip.video
    rows = 1 if found.cam is None else 2
    return rows * (plan.width - 0.35) / (plan.frames + 0.06) * video.height / video.width + 0.42


# --- blocks -----------------------------------------------------------------------------------------------------------
def draw_above(block: SubFigure, found: AnyFilters, title: str, plan: Plan) -> None:
    """Frames, and the map over them on a scale of its own: classes and layers differ."""
    scale = choose_scale("clip", 0.0 if found.cam is None else found.cam.highest)
    ratios = {"wspace": 0.02, "hspace": 0.02, "width_ratios": [*[1.0] * plan.frames, 0.06]}
    grid: Any = block.subplots(1 if found.cam is None else 2, plan.frames + 1, squeeze=False, gridspec_kw=ratios)
    draw_film(grid[:, :-1], found, scale, plan.factor)
    grid[0][-1].set_axis_off()
    if found.cam is not None:
        draw_scale(block, grid[1][-1], scale, unit_of(found.cam))
        label = f"Grad-CAM of {headline(found.cam, room=22)}, at {found.cam.layer}"
        block.supxlabel(label, fontsize=7, color="0.3")
    if title:
        block.suptitle(shorten(title, 60), x=0.01, ha="left", fontsize=9)


def draw_columns(block: SubFigure, found: AnyFilters, columns: Sequence[dict[str, Response]], plan: Plan) -> None:
    """A column a position."""
    ratios = [HEIGHTS[row] for _, row in plan.limits]
    grid: Any = block.subplots(len(ratios), len(columns), squeeze=False, height_ratios=ratios)
    ticks = min(5, int((plan.width - 0.6) / len(columns) / TICK_ROOM))
    for column, (place, responses) in enumerate(zip(places_of(found), columns, strict=True)):
        look = EVERYWHERE if place is None else LOOKS[column]
        style_of_column = Column(look, plan.floor, ticks)
        for axes, (panel, limits) in zip(grid[:, column], plan.limits.items(), strict=True):
            draw_panel(axes, responses[panel[0]], panel[1], style_of_column)
            axes.set_ylim(limits)
            axes.yaxis.set_major_locator(MaxNLocator(3))
            if panel[1] == "phase":
                axes.set_yticks([-np.pi, 0, np.pi], ["-π", "0", "π"])
            axes.tick_params(labelleft=column == 0)
            names = NAMES if isinstance(found, Filters) else FIXED_NAMES
            axes.set_ylabel(names[panel] if column == 0 else "", fontsize=7)
        grid[0][column].set_title(
            heading(found, place, column, plan.measure), loc="center", fontsize=7, color=look.colour, pad=4
        )
        if ("raw", "phase") in plan.limits and place is not None:  # bins are told beneath the phase
            grid[0][column].tick_params(labelbottom=False)
            grid[0][column].set_xlabel("")
    block.align_ylabels()


def heading(found: AnyFilters, place: Position | None, column: int, measure: str) -> str:
    """What stands above a column."""
    if not isinstance(found, Filters) or place is None:
        return f"{getattr(found, 'kind', '')}: the same at every position"
    cells = found.grid[0] * found.grid[1]
    rank = "the same everywhere" if found.same_everywhere else f"rank {found.ranks(measure)[column]} of {cells}"
    return f"{LOOKS[column].sign} pixel {place.x:.0f},{place.y:.0f} · cell {place.col},{place.row}\n{rank}"


# --- the truth
# ---------------------------------------------------------------------------------------------------------
def caption_of(results: Sequence[AnyFilters], plan: Plan, width: float) -> str:
    """What must be known of the sheet."""
    low, high = QUANTILES
    parts = list(dict.fromkeys(part for found in results for part in facts_of(found)))
    parts += ["marks: mean over channels", f"bands: {low:.0%} to {high:.0%} of channels"]
    if plan.channels != "mean":
        parts.append(f"grey: channels {plan.channels}")
    if is_predicted(results):
        parts.append(f"ranks among all cells, by {plan.measure}")
    if ("raw", "phase") in plan.limits:
        parts.append(f"phase where |F| is above {plan.floor:.2g}, {PHASE_FLOOR:.0%} of the figure's largest")
        parts += [
            "hollow: imaginary part of bin 0 and, for even steps, of the last bin",
            "which is in no kernel and acts through the complex mixing",
        ]
    if ("effective", "kernel") in plan.limits and is_predicted(results):
        parts += [
            "effective: root of the sum of squares over input channels",
            "crosses: a channel's answer to itself",
        ]
    if not all(isinstance(found, Filters) for found in results):
        parts += ["convolutions: gain over all inputs", "kernel of each channel's strongest input"]
    if any(isinstance(found, Filters) and found.displacement is not None for found in results):
        parts += [
            "arrows: expected displacement until the next step",
            f"drawn {plan.factor:g} times as long" if plan.factor > 1 else "in true length",
        ]
    parts.append("panels of a kind share their scale")
    return wrap_parts(parts, width)


def facts_of(found: AnyFilters) -> list[str]:
    """What must be known of one result."""
    clip = found.clip
    parts = [
        f"{found.model} ({found.trust})",
        f"{found.layer}, {found.steps} step{'s' if found.steps > 1 else ''}{apart_of(found)}",
    ]
    if isinstance(found, Filters):
        parts.append(found.cells.words(is_sampled=found.sampled is not None))
        parts.append(
            f"{found.filter_layout} layout" + (f": {distinct_of(found)}" if found.filter_layout == RELEASED else "")
        )
    parts.append(f"{shorten(clip.video.path.name, 40)}, {len(clip.indices)} frames, {clip.when}")
    return parts


def apart_of(found: AnyFilters) -> str:
    """How far the steps are from each other: by one time, or from the least to the most."""
    if np.isfinite(found.spacing):
        return f", {found.spacing:.3g} s apart"
    gaps = np.abs(np.diff(found.step_times))
    is_ordered = len(set(np.sign(np.diff(found.step_times)))) == 1
    return f", {gaps.min():.3g} to {gaps.max():.3g} s apart" if is_ordered else ""


def distinct_of(found: Filters) -> str:
    """How many numbers the released layout leaves a channel for all its bins."""
    fewest, most = int(found.distinct.min()), int(found.distinct.max())
    count = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    return f"a channel holds {count} distinct value{'s' if most > 1 else ''}"
