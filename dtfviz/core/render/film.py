"""Frames of a clip in a row, with the positions that are looked at, where content moves, and where the model looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from dtfviz.core.clip import Clip
from dtfviz.core.render.cam import at_time, on_source
from dtfviz.core.render.colour import OPACITY, Picture, Scale, overlay
from dtfviz.core.render.figures import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION
from dtfviz.core.results.cam import Cam
from dtfviz.core.results.filters import AnyFilters, Filters, Position, Reals
from dtfviz.core.video import decode

FACTORS = (1, 2, 5, 10, 20, 50, 100)  # by which arrows may be lengthened
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


def pick_steps(steps: int, count: int) -> list[int]:
    return sorted({int(step) for step in np.linspace(0, steps - 1, min(steps, count)).round()})


def pictures_at(clip: Clip, times: Sequence[float]) -> list[Picture]:
    """The sampled frames nearest to these times, whole, as the video has them; a clip that no file holds has only what was drawn."""
    nearest = [int(np.abs(np.asarray(clip.times) - when).argmin()) for when in times]
    if not clip.video.path.exists():
        return [clip.frames[number] for number in nearest]
    pictures = dict(decode(clip.video, [clip.indices[number] for number in nearest]))
    return [pictures[clip.indices[number]] for number in nearest]


def draw_film(rows: Any, found: AnyFilters, count: int, scale: Scale, factor: float) -> None:
    """Frames with positions and arrows in the first row of axes, the map over them in the second."""
    positions = found.positions if isinstance(found, Filters) else ()
    steps = pick_steps(found.steps, count)
    times = found.clip.step_times(found.steps)
    pictures = pictures_at(found.clip, [times[step] for step in steps])
    for axes in rows.flat:
        axes.set_axis_off()
    for column, (step, picture) in enumerate(zip(steps, pictures, strict=True)):
        draw_frame(rows[0][column], picture, found.clip, positions)
        rows[0][column].set_title(f"{times[step]:.2f} s", loc="center", fontsize=7, color="0.3", pad=2)
        if isinstance(found, Filters) and found.displacement_px is not None and step < len(found.displacement_px):
            draw_arrows(rows[0][column], found.clip, found.displacement_px[step] * factor)
        if found.cam is not None:
            heat = map_at(found.cam, float(times[step]))
            draw_frame(rows[1][column], overlay(picture, scale.share(heat), OPACITY), found.clip, positions)


def map_at(cam: Cam, seconds: float) -> Any:
    return on_source(cam, at_time(cam, cam.map, seconds))


def draw_frame(axes: Axes, picture: Picture, clip: Clip, positions: Sequence[Position] = ()) -> None:
    """A picture, the outline of what the model saw of it, and the footprint of each position's cell."""
    axes.imshow(picture, interpolation="bilinear")
    axes.set_axis_off()
    box = clip.box
    if (box.width, box.height) != (clip.video.width, clip.video.height):
        axes.add_patch(Rectangle((box.left - 0.5, box.top - 0.5), box.width, box.height, fill=False, edgecolor="white", linewidth=0.6))
    for place, look in zip(positions, LOOKS, strict=False):
        mark_position(axes, place, look)


def mark_position(axes: Axes, place: Position, look: Look) -> None:
    left, top, width, height = place.box
    for colour, line, thick in (("white", "-", 2.2), (look.colour, look.line, 1.2)):
        axes.add_patch(Rectangle((left - 0.5, top - 0.5), width, height, fill=False, edgecolor=colour, linestyle=line, linewidth=thick))
    axes.plot([place.x], [place.y], look.mark, color=look.colour, markersize=2.5, markeredgewidth=0)


def draw_arrows(axes: Axes, clip: Clip, moves: Reals) -> None:
    """(rows, columns, (x, y)) in source pixels, from the middles of cells; none where it would be a dot."""
    rows, cols = moves.shape[:2]
    every, box = -(-max(rows, cols) // ARROWS), clip.box
    y, x = np.mgrid[every // 2 : rows : every, every // 2 : cols : every]
    shown = moves[y, x]
    is_long = np.hypot(shown[..., 0] / box.width * cols, shown[..., 1] / box.height * rows) > 0.35
    at = box.left + (x + 0.5) * box.width / cols - 0.5, box.top + (y + 0.5) * box.height / rows - 0.5
    axes.quiver(
        *(part[is_long] for part in (*at, shown[..., 0], shown[..., 1])),
        angles="xy", scale_units="xy", scale=1, units="width", width=0.01, headwidth=4, headlength=4, headaxislength=4, minshaft=1.5,
        color="white", edgecolor="black", linewidth=0.3,
    )  # fmt: skip


def choose_factor(results: Sequence[AnyFilters]) -> float:
    """One for all results: the largest that leaves nearly all arrows within the neighbouring cell."""
    moves = [np.abs(found.displacement).ravel() for found in results if isinstance(found, Filters) and found.displacement is not None]
    reach = float(np.quantile(np.concatenate(moves), 0.99)) if moves and sum(map(len, moves)) else 0.0
    return float(max((factor for factor in FACTORS if factor * reach <= 1.2), default=1))
