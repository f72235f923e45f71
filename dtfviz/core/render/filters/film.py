"""Frames of a clip in a row, with the positions that are looked at, where content moves, and where the model looks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from dtfviz.core.media.clip import Box, Clip, Picture
from dtfviz.core.render.cam.maps import on_source
from dtfviz.core.render.cam.source import pictures_at
from dtfviz.core.render.style.colour import OPACITY, Scale, overlay
from dtfviz.core.render.style.figures import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION
from dtfviz.core.render.style.film import draw_frame, outline, pen_of
from dtfviz.core.results.cam import Cam, at_time
from dtfviz.core.results.filters import AnyFilters, Filters, Position, Reals
from dtfviz.core.results.places import Cells

FACTORS = (1, 2, 5, 10, 20, 50, 100)  # by which arrows may be lengthened
SMALL = 0.03  # of a picture's width: a cell whose mark must be larger than its box
ARROWS = 16  # along the longer side of a grid: a finer one shows every second, third, ...


@dataclass(frozen=True)
class Look:
    """How a position is told from others: by colour, mark and line."""

    colour: str
    mark: str
    sign: str  # the mark as a character
    line: Any


LOOKS = (
    Look(VERMILION, "s", "■", "-"),
    Look(BLUE, "o", "●", (0, (2.5, 1))),
    Look(GREEN, "^", "▲", "-."),
    Look(PURPLE, "D", "◆", ":"),
    Look(ORANGE, "v", "▼", (0, (5, 1))),
    Look(SKY, "*", "★", (0, (3, 1, 1, 1))),
)


Marked = tuple[Position, Look]


def draw_film(rows: Any, results: Sequence[AnyFilters], scale: Scale, factor: float) -> None:
    """Frames with positions and arrows in the first row of axes, the map over them in the second. Results that share a
    film show the cells of all of them, and the arrows of the one whose content moves furthest.
    """
    clip, cam, moving, marks = results[0].clip, results[0].cam, furthest(results), marks_of(results)
    numbers = np.linspace(0, len(clip.times) - 1, rows.shape[1]).round().astype(int).tolist()
    for column, (number, picture) in enumerate(zip(numbers, pictures_at(clip, numbers), strict=True)):
        seconds, above = clip.times[number], rows[0][column]
        draw_marked(above, picture, clip, marks)
        above.set_title(f"{seconds:.2f} s", loc="center", fontsize=6, color="0.3", pad=2)
        if moving is not None and moving.displacement_px is not None:
            step = int(np.abs(moving.step_times[:-1] - seconds).argmin())
            draw_arrows(above, clip.box, moving.cells, moving.displacement_px[step] * factor)
        if cam is not None:
            heat = map_at(cam, seconds)
            draw_marked(rows[1][column], overlay(picture, scale.share(heat), OPACITY), clip, marks)


def marks_of(results: Sequence[AnyFilters]) -> list[Marked]:
    """Positions with their looks; a cell that several results have stands once."""
    predicted = [found for found in results if isinstance(found, Filters)]
    placed = [pair for found in predicted for pair in zip(found.positions, LOOKS, strict=False)]
    return list({(look, place.x, place.y, place.box): (place, look) for place, look in placed}.values())


def furthest(results: Sequence[AnyFilters]) -> Filters | None:
    """Of results that know where content goes, the one in which it goes furthest."""
    reaches = {reach: found for found in results if (reach := reach_of(found))}
    found = reaches[max(reaches)] if reaches else None
    return found if isinstance(found, Filters) else None


def reach_of(found: AnyFilters) -> float:
    """Pixels that nearly all of what moves stays within until the next step; 0 where nothing is known of it."""
    moves = found.displacement_px if isinstance(found, Filters) else None
    return float(np.quantile(np.abs(moves), 0.99)) if moves is not None and moves.size else 0.0


def map_at(cam: Cam, seconds: float) -> Any:
    """The map over the whole frame at an instant."""
    return on_source(cam, at_time(cam, cam.map, seconds))


def draw_marked(axes: Axes, picture: Picture, clip: Clip, marks: Iterable[Marked] = ()) -> None:
    """A picture, the outline of what the model saw of it, and the footprint of each position's cell."""
    box = clip.box
    is_whole = (box.width, box.height) == (clip.video.width, clip.video.height)
    draw_frame(axes, picture, () if is_whole else (box,))
    for place, look in marks:
        mark_position(axes, place, look)


def mark_position(axes: Axes, place: Position, look: Look) -> None:
    """The outline of a position's cell, and its mark."""
    pen = pen_of(axes)
    for colour, line, thick in (("white", "-", 2.0), (look.colour, look.line, 1.1)):
        outline(axes, place.box, edgecolor=colour, linestyle=line, linewidth=thick * pen)
    is_large = place.box[2] > SMALL * abs(axes.get_xlim()[1] - axes.get_xlim()[0])
    axes.plot(
        [place.x],
        [place.y],
        look.mark,
        color=look.colour,
        markersize=(2.5 if is_large else 4.5) * pen,
        markeredgecolor="white",
        markeredgewidth=0 if is_large else 0.6 * pen,
    )


def draw_arrows(axes: Axes, box: Box, cells: Cells, moves: Reals) -> None:
    """(rows, columns, (x, y)) in source pixels, from the centres of cells.

    None where it would be a dot, nor at the border, where the window reaches out of the picture and arrows point
    inwards for that.
    """
    rows, cols = moves.shape[:2]
    every = -(-max(rows, cols) // ARROWS)
    y, x = np.mgrid[1 : rows - 1 : every, 1 : cols - 1 : every]
    shown = moves[y, x]
    across, down = cells.pitch(box)
    is_long = np.hypot(shown[..., 0] / across, shown[..., 1] / down) > 0.35
    at = (
        box.left + cells.cols.share_at(cells.cols.centres[x]) * box.width - 0.5,  # a pixel is drawn around its number
        box.top + cells.rows.share_at(cells.rows.centres[y]) * box.height - 0.5,
    )
    axes.quiver(
        *(part[is_long] for part in (*at, shown[..., 0], shown[..., 1])),
        angles="xy",
        scale_units="xy",
        scale=1,
        units="width",
        width=0.01,
        headwidth=4,
        headlength=4,
        headaxislength=4,
        minshaft=1.5,
        color="white",
        edgecolor="black",
        linewidth=0.3,
    )


def choose_factor(results: Sequence[AnyFilters]) -> float:
    """One for all results: the largest that leaves nearly all arrows within the neighbouring cell."""
    moves = [
        np.abs(found.displacement).ravel()
        for found in results
        if isinstance(found, Filters) and found.displacement is not None
    ]
    reach = float(np.quantile(np.concatenate(moves), 0.99)) if moves and sum(map(len, moves)) else 0.0
    return float(max((factor for factor in FACTORS if factor * reach <= 1.2), default=1))
