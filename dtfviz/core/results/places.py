"""Where the cells of a layer are in the clip: the centre of the first and the way to the next, along every axis.

Frames and pixels are those that the model is fed, counted from 0: pixel 3 is centred on 3 and reaches from 2.5 to 3.5.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dtfviz.core.media.clip import Box, Clip

Reals = NDArray[np.float64]
Number = TypeVar("Number", float, Reals)
UNASKED = "not asked for"
AXES = ("time", "height", "width")
UNIT = "cell s of an axis (time, height, width) is centred on offset + s stride, in frames or pixels of the input"


@dataclass(frozen=True)
class Axis:
    """Along one axis of the clip: cell s is centred on offset + s stride."""

    length: int  # of the clip, in frames or pixels
    count: int  # of the cells
    offset: float
    stride: float
    unknown: str = ""  # why its structure does not say it, where cells share the axis evenly instead

    @property
    def centres(self) -> Reals:
        """(count,)"""
        return np.asarray(self.offset + np.arange(self.count) * self.stride)

    def cell_at(self, places: ArrayLike) -> NDArray[np.int64]:
        """The cell whose centre is nearest; halfway between two it is the later one."""
        nearest = np.floor((np.asarray(places, np.float64) - self.offset) / self.stride + 0.5)
        return np.clip(nearest, 0, self.count - 1).astype(np.int64)

    def share_at(self, place: Number) -> Number:
        """Of the clip's extent that lies before a place; 0 and 1 are its borders."""
        return (place + 0.5) / self.length

    def place_at(self, share: Number) -> Number:
        """The other way round."""
        return share * self.length - 0.5

    def borders(self, cell: int) -> tuple[float, float]:
        """As shares of the clip: between a cell and its neighbours; the first and the last reach to the clip's own."""
        begin, end = (self.share_at(self.offset + (cell + side) * self.stride) for side in (-0.5, 0.5))
        begin, end = (min(max(share, 0.0), 1.0) for share in (begin, end))
        return (begin if cell else 0.0), (end if cell < self.count - 1 else 1.0)

    def weights(self, places: ArrayLike) -> Reals:
        """(places, count): linear between the centres of cells, constant beyond the first and the last."""
        at = np.clip((np.asarray(places, np.float64) - self.offset) / self.stride, 0, self.count - 1)
        return np.asarray(np.maximum(1 - np.abs(at[:, None] - np.arange(self.count)), 0.0))


@dataclass(frozen=True)
class Cells:
    """The grid of a layer: its steps, rows and columns in the clip."""

    time: Axis
    rows: Axis
    cols: Axis

    @property
    def axes(self) -> tuple[Axis, Axis, Axis]:
        return self.time, self.rows, self.cols

    @property
    def grid(self) -> tuple[int, int, int]:
        """Steps, rows and columns."""
        return self.time.count, self.rows.count, self.cols.count

    @property
    def shared(self) -> tuple[str, ...]:
        """The axes along which structure does not say where cells are."""
        return tuple(name for name, axis in zip(AXES, self.axes, strict=True) if axis.unknown)

    def words(self, *, is_sampled: bool = False) -> str:
        """How cells were placed; steps that were sampled are where they were sampled."""
        shared = [name for name in self.shared if not (is_sampled and name == AXES[0])]
        if not shared:
            return "cells at their centres by structure"
        reasons = dict.fromkeys(axis.unknown for name, axis in zip(AXES, self.axes, strict=True) if name in shared)
        return f"cells share {', '.join(shared)} evenly ({', '.join(reasons)})"

    @property
    def facts(self) -> dict[str, list[float] | list[str]]:
        """For a document: time, height and width in their order."""
        offsets, strides = [axis.offset for axis in self.axes], [axis.stride for axis in self.axes]
        return {"offset": offsets, "stride": strides, "shared_evenly": list(self.shared)}

    def step_times(self, clip: Clip) -> Reals:
        """(T,) seconds of the video at the centre of each step; of even shares the mean of a step's frames."""
        if self.time.unknown:
            return clip.step_times(self.time.count)
        return clip.times_at(self.time.centres)

    def cell_at(self, box: Box, x: float, y: float) -> tuple[int, int]:
        """Row and column of the cell nearest to a pixel of the source that a box was cut from."""
        row = self.rows.cell_at(self.rows.place_at((y - box.top) / box.height))
        return int(row), int(self.cols.cell_at(self.cols.place_at((x - box.left) / box.width)))

    def centre(self, box: Box, row: int, col: int) -> tuple[float, float]:
        """x and y of a cell in the source, within the box."""
        across, down = (
            min(max(axis.share_at(axis.centres[cell]), 0.0), 1.0) for axis, cell in ((self.cols, col), (self.rows, row))
        )
        return box.left + across * box.width, box.top + down * box.height

    def footprint(self, box: Box, row: int, col: int) -> tuple[float, float, float, float]:
        """Left, top, width and height, in the source, of all that is nearer to a cell than to others."""
        (left, right), (top, bottom) = self.cols.borders(col), self.rows.borders(row)
        return (
            box.left + left * box.width,
            box.top + top * box.height,
            (right - left) * box.width,
            (bottom - top) * box.height,
        )

    def by_pixel(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """(rows, columns) -> (height, width) of what the model is fed, each pixel as the nearest cell."""
        rows, cols = (axis.cell_at(np.arange(axis.length)) for axis in self.axes[1:])
        return values[rows][:, cols]

    def pitch(self, box: Box) -> tuple[float, float]:
        """From a cell to the next in the source: across and down."""
        return self.cols.stride * box.width / self.cols.length, self.rows.stride * box.height / self.rows.length


def share_evenly(length: int, count: int, unknown: str = UNASKED) -> Axis:
    """Cells that divide an axis among themselves, for want of better knowledge."""
    stride = length / count
    return Axis(length, count, (stride - 1) / 2, stride, unknown)


def even_cells(size: tuple[int, ...], grid: tuple[int, ...], unknown: str = UNASKED) -> Cells:
    """The same along every axis, of a clip of (frames, height, width) and a grid of (steps, rows, columns)."""
    time, rows, cols = (share_evenly(length, count, unknown) for length, count in zip(size, grid, strict=True))
    return Cells(time, rows, cols)
