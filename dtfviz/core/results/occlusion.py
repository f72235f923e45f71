"""How much each cell of a clip counts: a piece of its time and of its picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dtfviz.core.errors import OptionError, Use

Grid = tuple[int, int, int]  # cells in time, down and across


@dataclass(frozen=True)
class Occlusion:
    """The drop in the class's log-probability with one cell blurred, nats; positive where the cell speaks for it."""

    size: Grid  # of the clip: frames, height, width
    drops: NDArray[np.float64]  # (cells in time, down, across)

    @property
    def highest(self) -> float:
        """Without its sign."""
        return float(np.abs(self.drops).max())

    @property
    def peak(self) -> tuple[slice, slice, slice]:
        """The frames, rows and columns of the cell that counts most for the class."""
        time, row, column = np.unravel_index(int(self.drops.argmax()), self.drops.shape)
        return places_of(self.size, self.drops.shape, (int(time), int(row), int(column)))

    @property
    def over_clip(self) -> NDArray[np.float64]:
        """(frames, height, width)"""
        found = self.drops
        for axis, (length, count) in enumerate(zip(self.size, self.drops.shape, strict=True)):
            found = found.repeat(np.diff(borders(length, count)), axis)
        return found


def borders(length: int, count: int) -> NDArray[np.int64]:
    """(count + 1,) where cells begin and end, as even as whole frames or pixels allow."""
    return np.asarray(np.rint(np.linspace(0, length, count + 1)), np.int64)


def places_of(size: tuple[int, ...], grid: tuple[int, ...], cell: tuple[int, ...]) -> tuple[slice, slice, slice]:
    """What of the clip a cell is."""
    ends = [borders(length, count) for length, count in zip(size, grid, strict=True)]
    time, rows, columns = (slice(int(end[at]), int(end[at + 1])) for end, at in zip(ends, cell, strict=True))
    return time, rows, columns


def check_grid(size: tuple[int, ...], grid: Grid) -> None:
    """An error for cells without a frame or pixel."""
    if min(grid) < 1 or any(count > length for count, length in zip(grid, size, strict=True)):
        asked, held = ("x".join(map(str, numbers)) for numbers in (grid, size))
        fits = "x".join(str(max(1, min(count, length))) for count, length in zip(grid, size, strict=True))
        raise OptionError(f"a clip of {held} cannot be cut into {asked} cells", hint=Use("cells", fits))
