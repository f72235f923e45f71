"""Places: from pixels of the video to cells of a layer's grid and back."""

from math import floor
from typing import Literal

import numpy as np

from dtfviz.core.choices import CROPS
from dtfviz.core.errors import OptionError, Use
from dtfviz.core.media.clip import Box, Clip, Video
from dtfviz.core.media.crop import choose_box
from dtfviz.core.results.cam import Cam
from dtfviz.core.results.filters import Cell, Position, Share
from dtfviz.core.results.places import Cells

Spot = tuple[float, float] | Share | Cell  # (x, y) in source pixels after rotation, shares of the frame, or a cell
AUTO: Literal["auto"] = "auto"  # stands for two: where the model looks most, and least
Where = Spot | Literal["auto"]


def locate(clip: Clip, cells: Cells, wish: Spot) -> Position:
    """A spot of any kind, as a pixel and a cell."""
    if isinstance(wish, Cell):
        return locate_cell(clip.box, cells, wish.row, wish.col)
    if isinstance(wish, Share):
        # a whole pixel: what is printed of it must lead back to the same cell
        wish = floor(wish.x * (clip.video.width - 1)), floor(wish.y * (clip.video.height - 1))
    return locate_pixel(clip, cells, *wish)


def locate_pixel(clip: Clip, cells: Cells, x: float, y: float) -> Position:
    """The cell whose centre is nearest to a pixel of the source."""
    box, frame = clip.box, Box(0, 0, clip.video.width, clip.video.height)
    if not is_inside(frame, x, y):
        raise OptionError(
            f"position {x:g},{y:g} lies outside the frame", fact=f"positions are {range_of(box)}", hint=middle_of(box)
        )
    if not is_inside(box, x, y):
        raise OptionError(
            f"position {x:g},{y:g} lies outside the {clip.crop} crop, which is all that the model sees",
            fact=f"positions are {range_of(box)}",
            hint=Use("crop", crop_with(clip.video, x, y)),
        )
    row, col = cells.cell_at(box, x, y)
    return Position(x, y, row, col, cells.footprint(box, row, col))


def locate_cell(box: Box, cells: Cells, row: int, col: int) -> Position:
    """The centre of a cell."""
    rows, cols = cells.grid[1:]
    if not (0 <= row < rows and 0 <= col < cols):
        raise OptionError(
            f"there is no cell in row {row}, column {col}",
            fact=f"rows are 0 to {rows - 1} and columns 0 to {cols - 1}",
            hint=Use("cell", (cols // 2, rows // 2)),
        )
    return Position(*cells.centre(box, row, col), row, col, cells.footprint(box, row, col))


def is_inside(box: Box, x: float, y: float) -> bool:
    """Whether a box holds a pixel."""
    return box.left <= x < box.left + box.width and box.top <= y < box.top + box.height


def range_of(box: Box) -> str:
    """The pixels of a box in words."""
    return f"x from {box.left} to {box.left + box.width - 1} and y from {box.top} to {box.top + box.height - 1}"


def crop_with(video: Video, x: float, y: float) -> str:
    """The first crop that holds a pixel of the frame; all of it does."""
    return next(crop for crop in CROPS if is_inside(choose_box(video, crop), x, y))


def middle_of(box: Box) -> Use:
    """What to try instead: the middle of what the model sees."""
    return Use("pos", (box.left + box.width // 2, box.top + box.height // 2))


def extremes(cam: Cam) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where the map, summed over steps, is highest and lowest, in source pixels.

    The ReLU leaves many cells at zero; among them the lowest is the one that says least, for or against.
    """
    total, said = cam.map.sum(axis=0), np.abs(cam.raw).sum(axis=0)
    cols = total.shape[1]
    ends = int(total.argmax()), int(np.lexsort((said.ravel(), total.ravel()))[0])
    peak, trough = (locate_cell(cam.clip.box, cam.cells, *divmod(end, cols)) for end in ends)
    return (peak.x, peak.y), (trough.x, trough.y)
