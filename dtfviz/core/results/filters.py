"""What a temporal operator lets through: at chosen positions of a clip, or everywhere the same.

P positions, C channels, T steps, F = T//2 + 1 bins. Lags are circular: lag T - 1 is also lag -1.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dtfviz.core.errors import OptionError
from dtfviz.core.media.clip import Clip
from dtfviz.core.results.cam import Cam
from dtfviz.core.results.places import Cells, even_cells

Reals = NDArray[np.floating]
Complexes = NDArray[np.complexfloating]


@dataclass(frozen=True)
class Cell:
    """A position as the layer counts it, from 0."""

    row: int
    col: int


@dataclass(frozen=True)
class Share:
    """A position as shares of the video's width and height: 0 is its first pixel, 1 its last."""

    x: float
    y: float


@dataclass(frozen=True)
class Position:
    """A place in the video and the cell of the layer's grid whose centre is nearest."""

    x: float  # source pixels after rotation
    y: float
    row: int
    col: int
    box: tuple[float, float, float, float]  # of what is nearest to it, in source pixels: left, top, width, height


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where and when a temporal operator was looked at."""

    clip: Clip
    model: str
    trust: str
    layer: str
    block: str  # path of the operator
    spacing: float  # seconds from one of its steps to the next; NaN where the clip has no such thing
    cam: Cam | None = None  # where the model looks, if that was asked
    remarks: tuple[str, ...] = ()  # what a reader should know
    sampled: Reals | None = None  # (T,) seconds of steps that are no even parts of the clip

    placed: Cells | None = None  # where the layer's cells are; nothing where an earlier version did not ask

    def cells_of(self, shape: tuple[int, int, int]) -> Cells:
        """Where each step and position of a grid of this shape is in the clip."""
        size = (len(self.clip.indices), *self.clip.frames.shape[1:3])
        return self.placed or even_cells(size, shape)

    def times_of(self, cells: Cells) -> Reals:
        """(T,) seconds of the video at the centre of each step."""
        return cells.step_times(self.clip) if self.sampled is None else self.sampled


@dataclass(frozen=True, kw_only=True)
class Filters(Site):
    """A DTF block's filters at some positions, and how active it is at all of them.

    The effective response is what the block does to its enhanced feature while the predicted filter is held: the filter
    after channel mixing, norm and alpha. Its diagonal is a channel's answer to itself; its energy is summed over all
    input channels.
    """

    filter_layout: str
    same_everywhere: bool  # one learnt filter, for every clip and position
    positions: tuple[Position, ...]
    filters: Complexes  # (P, C, F) as predicted
    effective: Complexes  # (P, C, F) diagonal of the effective response; real in the bins that have no phase
    effective_energy: Reals  # (P, C, F) squared magnitude for each output channel, summed over input channels
    effective_kernel_energy: Reals  # (P, C, T) squared effective kernels, summed likewise
    sensitivity: Reals  # (P, T_out, T_in) of the channel mean, with the filter moving too
    distinct: NDArray[np.int64]  # (C,) most distinct numbers among the real and imaginary parts of a channel's bins
    activity: Mapping[str, Reals]  # measure -> (rows, columns) of the whole layer
    displacement: (
        Reals | None
    )  # (T - 1, rows, columns, (x, y)) in cells: where a cell's content goes until the next step
    implementation: str  # which one of the operators ran

    @property
    def cells(self) -> Cells:
        """Where each step and position is in the clip."""
        return self.cells_of((self.steps, *self.grid))

    @property
    def steps(self) -> int:
        return int(self.effective_kernel_energy.shape[-1])

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, cols = next(iter(self.activity.values())).shape
        return rows, cols

    @property
    def kernels(self) -> Reals:
        """(P, C, T) temporal kernels over lag: the inverse FFT of the filters' last axis."""
        return np.fft.irfft(self.filters, n=self.steps)

    @property
    def kernel_spectra(self) -> Complexes:
        """(P, C, F) what of the filters is in their kernels: all but the imaginary part of bin 0 and, for even T, of
        the last bin.
        """
        return np.fft.rfft(self.kernels)

    @property
    def beyond_kernel(self) -> Reals:
        """(P,) share of sum |F|^2 that is in no kernel, each bin counted once: it acts through the complex mixing."""
        whole, kept = (np.square(np.abs(spectra)).sum(axis=(1, 2)) for spectra in (self.filters, self.kernel_spectra))
        kept_share: Reals = np.divide(kept, whole, out=np.ones_like(whole), where=whole > 0)
        return 1 - kept_share

    @property
    def effective_kernels(self) -> Reals:
        """(P, C, T) temporal kernels of every channel's answer to itself."""
        return np.fft.irfft(self.effective, n=self.steps)

    @property
    def frequencies_hz(self) -> Reals:
        """(F,) cycles per second of the video; bin m is m cycles in T steps."""
        return np.arange(self.steps // 2 + 1) / (self.steps * self.spacing)

    @property
    def lags_s(self) -> Reals:
        """(T,) seconds from an impulse to its answer, circular."""
        return np.arange(self.steps) * self.spacing

    @property
    def step_times(self) -> Reals:
        """(T,) seconds of the video at the centre of each step."""
        return self.times_of(self.cells)

    @property
    def displacement_px(self) -> Reals | None:
        """(T - 1, rows, columns, (x, y)) in source pixels."""
        return None if self.displacement is None else self.displacement * np.array(self.cells.pitch(self.clip.box))

    def ranks(self, measure: str) -> tuple[int, ...]:
        """Of each position among all of the layer; the most active is 1."""
        if measure not in self.activity:
            known = ", ".join(self.activity)
            raise OptionError(f"{measure} was not measured in this result", fact=f"its measures are {known}")
        values = self.activity[measure]
        return tuple(1 + int((values > values[place.row, place.col]).sum()) for place in self.positions)


@dataclass(frozen=True, kw_only=True)
class StaticFilters(Site):
    """A temporal convolution or shift: the same at every position and for every clip.

    O output channels, each over I inputs (channels and taps of the window in space), L lags. A lag counts from a step
    back to what it is made of: lag 1 is the step before, lag -1 the one after. Unlike a DTF filter it is not circular.
    """

    kind: str  # what the operator is
    steps: int  # of its input
    lags: NDArray[np.int64]  # (L,) steps
    kernels: Reals  # (O, L) of the input with the most energy
    kernel_energy: Reals  # (O, L) squared, summed over inputs
    frequencies: NDArray[np.float64]  # (N,) cycles per step
    gain: Reals  # (O, N) root of the squared magnitude summed over inputs
    # (O,) alpha over standard deviation, which the operator's shell applies to all of this; 1 where it has none
    scale: Reals

    @property
    def effective_kernels(self) -> Reals:
        """(O, L) what the operator's shell makes of its kernels."""
        return self.scale[:, None] * self.kernels

    @property
    def effective_gain(self) -> Reals:
        """(O, N)"""
        return np.abs(self.scale)[:, None] * self.gain

    @property
    def step_times(self) -> Reals:
        """(T,) seconds of the video at the centre of each step of the input."""
        return self.times_of(self.cells_of((self.steps, 1, 1)))

    @property
    def frequencies_hz(self) -> Reals:
        return self.frequencies / self.spacing

    @property
    def lags_s(self) -> Reals:
        return self.lags * self.spacing


AnyFilters = Filters | StaticFilters


@dataclass(frozen=True)
class FilterStudy:
    """What a picture shows beside each other, and what each is called there."""

    titles: tuple[str, ...]
    found: tuple[Filters | StaticFilters, ...]

    @property
    def predicted(self) -> tuple[tuple[Filters, ...], tuple[str, ...]]:
        """Those that differ from position to position, with their titles."""
        pairs = [(one, title) for one, title in zip(self.found, self.titles, strict=True) if isinstance(one, Filters)]
        return tuple(one for one, _ in pairs), tuple(title for _, title in pairs)
