"""Filters as the paper's figure 7: frames, where the model looks, and a column a position with its filter and
temporal kernel.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from dtfviz.core.choices import DEFAULT_MEASURE
from dtfviz.core.render.cam.sheet import draw_scale
from dtfviz.core.render.cam.words import unit_of
from dtfviz.core.render.drawing import PAGE
from dtfviz.core.render.filters.film import LOOKS, Look, choose_factor, draw_film
from dtfviz.core.render.filters.layout import TALLEST, Block, Layout, film_frames, film_rows, group_by_film, lay_out
from dtfviz.core.render.filters.panels import (
    FIXED_NAMES,
    NAMES,
    ROWS,
    Column,
    Panel,
    axis_of,
    draw_panel,
    limits_of,
    mark_ends,
)
from dtfviz.core.render.filters.responses import VIEWS, Response, phase_floor, places_of, respond
from dtfviz.core.render.filters.words import Plan, caption_of, heading, moving, words_beneath
from dtfviz.core.render.style.colour import choose_scale
from dtfviz.core.render.style.figures import mark_trust, shorten, style
from dtfviz.core.results.filters import AnyFilters, Filters

EVERYWHERE = Look("0.25", "s", "", "-")
PAD = 0.02  # inches around what is drawn
CLOSE: Any = {"wspace": 0.02, "hspace": 0.02}  # blocks beside each other


def filter_sheet(
    results: Sequence[AnyFilters],
    titles: Sequence[str] = ("",),
    *,
    view: str | None = None,
    channels: str = "top:8",
    measure: str = DEFAULT_MEASURE,
    width: float = PAGE,
    has_caption: bool = True,
) -> Figure:
    """A block a result, all on the same scales; those of one clip and map beneath one film. Where no view is asked for,
    both are shown if that fits a page, else the raw one.
    """
    blocks = [
        Block(found, title, respond_everywhere(found, view or "both", channels))
        for found, title in zip(results, titles, strict=True)
    ]
    groups = group_by_film(blocks)
    for shown in (view,) if view else ("both", "raw"):
        plan = plan_sheet(groups, shown, channels, measure, is_cut=shown != (view or "both"))
        lines = caption_of(groups, plan, width) if has_caption else ""
        layout = lay_out(groups, tuple(plan.limits), width, 1 + lines.count("\n"))
        if layout.height <= TALLEST:
            break
    with style():
        figure = Figure(figsize=(width, layout.height))
        figure.set_layout_engine("constrained", w_pad=PAD, h_pad=PAD)
        parts: Any = figure.subfigures(
            len(layout.heights), layout.abreast, squeeze=False, height_ratios=layout.heights, **CLOSE
        )
        for part, group in zip(parts.flat, groups, strict=False):
            draw_group(part, group, plan, layout)
        mark_trust(figure, next((found.trust for found in results if found.trust != "trained"), "trained"))
        if lines:
            figure.supxlabel(lines, fontsize=6, color="0.5")
    return figure


def plan_sheet(groups: Sequence[Sequence[Block]], view: str, channels: str, measure: str, *, is_cut: bool) -> Plan:
    """One scale for each kind of panel, one floor and one length of arrows for all of a sheet."""
    blocks = [block for group in groups for block in group]
    columns = [column for block in blocks for column in block.columns]
    limits = limits_by_panel([block.found for block in blocks], columns, view)
    floor = phase_floor(column["raw"] for column in columns if "raw" in column)
    return Plan(limits, floor, choose_factor(moving(groups)), channels, measure, is_cut)


def respond_everywhere(found: AnyFilters, view: str, channels: str) -> list[dict[str, Response]]:
    """A column a position, in every view."""
    return [
        {name: respond(found, name, place, channels) for name in VIEWS[view]} for place in range(len(places_of(found)))
    ]


def limits_by_panel(
    results: Sequence[AnyFilters], columns: Sequence[dict[str, Response]], view: str
) -> dict[Panel, tuple[float, float]]:
    """The panels that there are, each with one scale for all results and positions; spectra stand above kernels, so
    that they share an axis.
    """
    views = VIEWS[view] if any(has_effect(found) for found in results) else ("raw",)
    rows = [(name, row) for name in views for row in ROWS[name] if row != "phase" or is_predicted(results)]
    rows.sort(key=lambda panel: panel[1] == "kernel")
    return {(name, row): limits_of([column[name] for column in columns], row) for name, row in rows}


def has_effect(found: AnyFilters) -> bool:
    """Whether anything stands between the filter and what it does: a bare convolution is its own effect."""
    return isinstance(found, Filters) or bool((found.scale != 1).any())


def is_predicted(results: Sequence[AnyFilters]) -> bool:
    """Whether any filter belongs to a position."""
    return any(isinstance(found, Filters) for found in results)


# --- groups and blocks ------------------------------------------------------------------------------------------------
def draw_group(part: SubFigure, group: Sequence[Block], plan: Plan, layout: Layout) -> None:
    """A film and the blocks beneath it; one that is alone has its title above the film."""
    is_alone, rows = len(group) == 1, layout.rows(group)
    film = layout.film + layout.title(group) * is_alone
    parts: Any = part.subfigures(2, 1, height_ratios=[film, sum(rows) - layout.title(group) * is_alone])
    above, below = parts
    draw_above(above, [block.found for block in group], plan, layout, has_pixels=layout.is_shared(group))
    blocks: Any = below.subfigures(len(rows), layout.across, squeeze=False, height_ratios=rows, **CLOSE)
    for place, (beneath, block) in enumerate(zip(blocks.flat, group, strict=False)):
        draw_columns(beneath, block, plan, layout, layout.ends(group, place), has_pixel=not layout.is_shared(group))
        if layout.title(group):
            (above if is_alone else beneath).suptitle(shorten(block.title, 60), x=0.01, ha="left", fontsize=9)
        else:
            beneath.text(0.01, 0.99, shorten(block.title), ha="left", va="top", fontsize=9)


def draw_above(part: SubFigure, results: Sequence[AnyFilters], plan: Plan, layout: Layout, *, has_pixels: bool) -> None:
    """Frames, and the map over them on a scale of its own: classes and layers differ."""
    found, count = results[0], film_frames(results[0], layout.film_width)
    scale = choose_scale("clip", 0.0 if found.cam is None else found.cam.highest)
    ratios = {"wspace": 0.02, "hspace": 0.02, "width_ratios": [*[1.0] * count, 0.06]}
    grid: Any = part.subplots(film_rows(found), count + 1, squeeze=False, gridspec_kw=ratios)
    draw_film(grid[:, :-1], results, scale, plan.factor)
    grid[0][-1].set_axis_off()
    if found.cam is not None:
        draw_scale(part, grid[1][-1], scale, unit_of(found.cam), ticks=3)
    part.supxlabel(words_beneath(found, has_pixels=has_pixels), fontsize=7, color="0.3")


def draw_columns(
    part: SubFigure, block: Block, plan: Plan, layout: Layout, ends: tuple[bool, bool], *, has_pixel: bool
) -> None:
    """A column a position; `ends` is whether its axes are told above and beneath."""
    panels, found = list(plan.limits), block.found
    ratios = [layout.panel_height(row) for _, row in panels]
    grid: Any = part.subplots(len(panels), len(block.columns), squeeze=False, height_ratios=ratios)
    names = NAMES if isinstance(found, Filters) else FIXED_NAMES
    for axes, panel in zip(grid[:, 0], panels, strict=True):
        axes.set_ylabel(names[panel], fontsize=6, rotation=0, ha="right", va="center")
    for column, (place, responses) in enumerate(zip(places_of(found), block.columns, strict=True)):
        look = EVERYWHERE if place is None else LOOKS[column]
        head = heading(found, place, column, plan.measure, is_roomy=layout.is_roomy, has_pixel=has_pixel)
        draw_column(grid[:, column], responses, plan, Column(look, plan.floor, layout.ticks, ends))
        grid[0][column].set_title(head, loc="center", fontsize=7, color=look.colour, pad=4)
        for axes in grid[:, column]:
            axes.tick_params(labelleft=column == 0)
    part.align_ylabels()


def draw_column(grid: Sequence[Axes], responses: Mapping[str, Response], plan: Plan, column: Column) -> None:
    """The panels of a position, spectra and kernels each over an axis of their own."""
    for is_kernel in (False, True):
        shown = [
            (axes, panel) for axes, panel in zip(grid, plan.limits, strict=True) if (panel[1] == "kernel") == is_kernel
        ]
        for axes, (view, row) in shown:
            draw_panel(axes, responses[view], row, column)
            axes.set_ylim(plan.limits[view, row])
            axes.yaxis.set_major_locator(MaxNLocator(3))
            axes.tick_params(labelsize=6, length=2, pad=1.5, labelbottom=False)
            if row == "phase":
                axes.set_yticks([-np.pi, 0, np.pi], ["-π", "0", "π"])
        seen = [(axes, panel) for axes, panel in shown if axes.axison]
        (first, (view, row)), (last, _) = seen[0], seen[-1]
        for axes, _ in seen[1:]:
            axes.sharex(first)
        mark_ends(first, last, axis_of(responses[view], row), column)
