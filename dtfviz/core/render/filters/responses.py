"""What a picture shows of a temporal filter: its spectrum and its kernel over channels, in one form for filters of
every kind.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dtfviz.core.errors import OptionError, Use
from dtfviz.core.results.filters import AnyFilters, Complexes, Filters, Position, Reals, StaticFilters

QUANTILES = (0.1, 0.9)  # of the channels: the band around their mean
PHASE_FLOOR = 0.1  # of the largest magnitude of a figure: below, a phase is noise
VIEWS = {"raw": ("raw",), "effective": ("effective",), "both": ("raw", "effective")}


@dataclass(frozen=True)
class Channels:
    """Values of all channels over bins or lags: their mean and band, and some of them one by one."""

    mean: Reals  # (N,)
    low: Reals
    high: Reals
    single: Reals  # (K, N)

    @property
    def extent(self) -> tuple[float, float]:
        values = np.concatenate([self.mean, self.low, self.high, self.single.ravel()])
        return float(values.min()), float(values.max())


@dataclass(frozen=True)
class Response:
    """A filter in one view at one place, or everywhere."""

    frequencies: Reals  # (F,) cycles per step
    magnitude: Channels  # of what is in the kernel
    beyond: Reals | None  # (F,) mean magnitude of the whole filter, where more of it is predicted than is in the kernel
    spectra: Complexes | None  # (K + 1, F) of the mean and of single channels, where their phases are to be shown
    lags: NDArray[np.int64]  # (T,) steps, ascending
    kernel: Channels
    own: (
        tuple[Reals, Reals] | None
    )  # mean magnitude (F,) and kernel (T,) of a channel's answer to itself, where the rest is over inputs
    period: int | None  # steps after which lags begin again
    spacing: float

    @property
    def bins(self) -> Reals:
        """(F,) cycles in a period."""
        return self.frequencies * (self.period or 1)


def respond(found: AnyFilters, view: str, place: int, wanted: str) -> Response:
    """The `raw` or `effective` response of a result at one of its positions; `wanted` are the channels shown one by
    one.
    """
    single = pick_channels(found, wanted)
    return predicted(found, view, place, single) if isinstance(found, Filters) else fixed(found, view, single)


def predicted(found: Filters, view: str, place: int, single: Sequence[int]) -> Response:
    """Of a filter that belongs to a position."""
    order, lags = centred(found.steps)
    spectrum = (found.filters if view == "raw" else found.effective)[place]
    kernels = (found.kernels if view == "raw" else found.effective_kernels)[place][:, order]
    bins = np.arange(spectrum.shape[-1]) / found.steps
    if view == "raw":
        magnitude, own = np.abs(found.kernel_spectra[place]), None
        beyond = np.where(has_phase(found.steps), np.nan, np.abs(spectrum).mean(axis=0))
        spectra = np.vstack([spectrum.mean(axis=0), spectrum[list(single)]])
    else:
        own = np.abs(spectrum).mean(axis=0), kernels.mean(axis=0)
        magnitude, beyond, spectra = np.sqrt(found.effective_energy[place]), None, None
        kernels = np.sqrt(found.effective_kernel_energy[place])[:, order]
    return Response(
        bins, over(magnitude, single), beyond, spectra, lags, over(kernels, single), own, found.steps, found.spacing
    )


def fixed(found: StaticFilters, view: str, single: Sequence[int]) -> Response:
    """Of a kernel that is the same everywhere."""
    gain, kernels = (found.gain, found.kernels) if view == "raw" else (found.effective_gain, found.effective_kernels)
    return Response(
        found.frequencies, over(gain, single), None, None, found.lags, over(kernels, single), None, None, found.spacing
    )


def over(values: Reals, single: Sequence[int]) -> Channels:
    """Mean, band and single ones over channels."""
    low, high = np.quantile(values, QUANTILES, axis=0)
    return Channels(values.mean(axis=0), low, high, values[list(single)])


def centred(steps: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How to order circular lags so that 0 stands in the middle, and the lags in that order."""
    order = np.fft.fftshift(np.arange(steps))
    return order, np.where(order >= (steps + 1) // 2, order - steps, order)


def has_phase(steps: int) -> NDArray[np.bool_]:
    """(F,) which bins keep their imaginary part on the way back to time."""
    bins = np.arange(steps // 2 + 1)
    found: NDArray[np.bool_] = (bins > 0) & (2 * bins != steps)
    return found


def phase_floor(responses: Iterable[Response]) -> float:
    """Below which magnitude no phase of a figure is shown: the same in all its panels, as their scale is."""
    loudest = [
        float(np.abs(np.where(has_phase(response.period), response.spectra, response.spectra.real)).max())
        for response in responses
        if response.spectra is not None and response.period is not None
    ]
    return PHASE_FLOOR * max(loudest, default=0.0)


def phases(spectra: Complexes, steps: int, floor: float) -> Reals:
    """(N, F) radians; NaN where the magnitude is low, and in bins whose imaginary part is in no kernel."""
    magnitude = np.abs(spectra)
    return np.where((magnitude >= floor) & (magnitude > 0) & has_phase(steps), np.angle(spectra), np.nan)


# --- what was asked for -----------------------------------------------------------------------------------------------
def pick_channels(found: AnyFilters, wanted: str) -> list[int]:
    """`mean`: none; `top:8`: those whose kernels have the most energy, of channels that share a filter one; `3,5`:
    these.
    """
    values = found.filters.swapaxes(0, 1) if isinstance(found, Filters) else found.kernels
    top = check_channels(wanted)
    if isinstance(top, int):
        kernels = found.kernels.swapaxes(0, -2)
        order = np.argsort(-np.square(kernels).reshape(len(kernels), -1).sum(axis=1), kind="stable")
        distinct = {values[channel].tobytes(): int(channel) for channel in order[::-1]}
        return list(reversed(distinct.values()))[:top]
    for channel in top:
        if channel >= len(values):
            raise OptionError(
                f"{found.layer} of {found.model} has no channel {channel}",
                fact=f"its channels are 0 to {len(values) - 1}",
                hint=Use("channels", "top:8"),
            )
    return top


def check_channels(wanted: str) -> int | list[int]:
    """How many of the strongest, or which."""
    if wanted == "mean":
        return 0
    if match := re.fullmatch(r"top:(\d{1,3})", wanted):
        return int(match[1])
    if re.fullmatch(r"\d{1,9}(,\d{1,9})*", wanted):
        return [int(number) for number in wanted.split(",")]
    raise OptionError(
        f"no channels are called {wanted[:80]!r}",
        fact="channels are mean, top:8 or numbers such as 0,5,7",
        hint=Use("channels", "mean"),
    )


def places_of(found: AnyFilters) -> tuple[Position | None, ...]:
    """The columns of a picture: positions, or one for everywhere."""
    return found.positions if isinstance(found, Filters) else (None,)
