"""Places: from pixels of the video to cells of a layer's grid and back."""

from typing import Literal

import numpy as np

from dtfviz.core.errors import OptionError, Use
from dtfviz.core.media.clip import Box, Clip
from dtfviz.core.results.cam import Cam
from dtfviz.core.results.filters import Cell, Position, Share

Grid = tuple[int, int]  # rows, columns
Spot = tuple[float, float] | Share | Cell  # (x, y) in source pixels after rotation, shares of the frame, or a cell
AUTO: Literal["auto"] = "auto"  # stands for two: where the model looks most, and least
Where = Spot | Literal["auto"]


def locate(clip: Clip, grid: Grid, wish: Spot) -> Position:
    """A spot of any kind, as a pixel and a cell."""
    if isinstance(wish, Cell):
        return locate_cell(clip.box, grid, wish.row, wish.col)
    if isinstance(wish, Share):
        wish = wish.x * (clip.video.width - 1), wish.y * (clip.video.height - 1)
    return locate_pixel(clip, grid, *wish)


def locate_pixel(clip: Clip, grid: Grid, x: float, y: float) -> Position:
    """The cell that a pixel of the source lies in."""
    box, frame = clip.box, Box(0, 0, clip.video.width, clip.video.height)
    if not is_inside(frame, x, y):
        raise OptionError(
            f"position {x:g},{y:g} lies outside the frame", fact=f"positions are {range_of(box)}", hint=middle_of(box)
        )
    if not is_inside(box, x, y):
        raise OptionError(
            f"position {x:g},{y:g} lies outside the {clip.crop} crop, which is all that the model sees",
            fact=f"positions are {range_of(box)}",
            hint=middle_of(box),
        )
    row, col = int((y - box.top) * grid[0] / box.height), int((x - box.left) * grid[1] / box.width)
    return Position(x, y, row, col, footprint(box, grid, row, col))


def locate_cell(box: Box, grid: Grid, row: int, col: int) -> Position:
    """The middle of a cell."""
    rows, cols = grid
    if not (0 <= row < rows and 0 <= col < cols):
        raise OptionError(
            f"there is no cell in row {row}, column {col}",
            fact=f"rows are 0 to {rows - 1} and columns 0 to {cols - 1}",
            hint=Use("cell", (cols // 2, rows // 2)),
        )
    left, top, width, height = footprint(box, grid, row, col)
    return Position(left + width / 2, top + height / 2, row, col, (left, top, width, height))


def footprint(box: Box, grid: Grid, row: int, col: int) -> tuple[float, float, float, float]:
    """Left, top, width and height of a cell in source pixels: its share of the crop."""
    height, width = box.height / grid[0], box.width / grid[1]
    return box.left + col * width, box.top + row * height, width, height


def is_inside(box: Box, x: float, y: float) -> bool:
    """Whether a box holds a pixel."""
    return box.left <= x < box.left + box.width and box.top <= y < box.top + box.height


def range_of(box: Box) -> str:
    """The pixels of a box in words."""
    return f"x from {box.left} to {box.left + box.width - 1} and y from {box.top} to {box.top + box.height - 1}"


def middle_of(box: Box) -> Use:
    """What to try instead: the middle of what the model sees."""
    return Use("pos", (box.left + box.width // 2, box.top + box.height // 2))


def extremes(cam: Cam) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where the map, summed over steps, is highest and lowest, in source pixels.

    The ReLU leaves many cells at zero; among them the lowest is the one that says least, for or against.
    """
    total, said = cam.map.sum(axis=0), np.abs(cam.raw).sum(axis=0)
    rows, cols = total.shape
    ends = int(total.argmax()), int(np.lexsort((said.ravel(), total.ravel()))[0])
    peak, trough = (locate_cell(cam.clip.box, (rows, cols), *divmod(end, cols)) for end in ends)
    return (peak.x, peak.y), (trough.x, trough.y)
