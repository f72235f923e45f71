"""How far a model sees: what can change a position of a layer by structure, and how much each frame and pixel does."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HELD = (0.2, 0.5, 0.9, 0.99)  # shares of the energy whose area and duration are stated


@dataclass(frozen=True)
class Span:
    """What can change the positions of a layer along one axis of the clip, in frames or pixels."""

    length: int  # of the clip
    begins: NDArray[
        np.int64
    ]  # (positions,) the first that can change a position; negative where it lies before the clip
    ends: NDArray[np.int64]  # (positions,) the last
    maker: str = ""  # what makes every position see all of the clip, if that is so
    unknown: str = ""  # why nothing is known, where nothing is

    @property
    def is_global(self) -> bool:
        return bool(self.maker)

    @property
    def middle(self) -> int:
        return len(self.begins) // 2

    @property
    def sizes(self) -> NDArray[np.int64]:
        return np.asarray(self.ends - self.begins + 1)

    @property
    def size(self) -> int:
        """Of the middle position; what would lie beyond the clip's border is counted."""
        return int(self.sizes[self.middle])

    @property
    def is_even(self) -> bool:
        """Whether every position sees as much as any other, at equal distances."""
        return len(np.unique(np.diff(self.begins))) <= 1 and len(np.unique(self.sizes)) == 1

    @property
    def stride(self) -> int | None:
        """From a position to the next; None where there is no next, or where they differ."""
        return int(self.begins[1] - self.begins[0]) if self.is_even and len(self.begins) > 1 else None

    @property
    def offset(self) -> int:
        """Of the first position."""
        return int(self.begins[0])

    def inside(self, position: int) -> tuple[int, int]:
        """The first and the last that lie in the clip."""
        return max(0, int(self.begins[position])), min(self.length - 1, int(self.ends[position]))


@dataclass(frozen=True)
class LayerSpans:
    """What can change the positions of a layer, by axis."""

    name: str
    time: Span
    rows: Span
    cols: Span

    @property
    def spans(self) -> tuple[Span, Span, Span]:
        return self.time, self.rows, self.cols


@dataclass(frozen=True)
class Theory:
    """By structure alone, whatever the weights are."""

    model: str
    frames: int
    size: int
    layers: tuple[LayerSpans, ...]

    def layer(self, name: str) -> LayerSpans:
        return next(layer for layer in self.layers if layer.name == name)


@dataclass(frozen=True)
class Reach:
    """How much each frame and pixel changes one position of a layer: squared gradients of its features, summed over
    colours.

    A position has many features: their squared gradients are summed, estimated by one random sign for each feature and
    clip. Every clip's energy is divided by its sum, so that all clips count alike: values are shares.
    """

    model: str
    trust: str
    layer: str
    position: tuple[int, int, int]  # step, row, column
    grid: tuple[int, int, int]  # steps, rows and columns of the layer
    clips: str  # what they are
    count: int
    seed: int
    spacing: float  # seconds from one frame to the next; NaN where the clips have no such thing
    energy: NDArray[np.float32]  # (T, H, W) mean over clips; sums to 1
    error: NDArray[np.float32]  # (T, H, W) its standard error; NaN for a single clip
    profiles: NDArray[np.float64]  # (clips, T) summed over pixels
    theory: Theory
    implementation: str  # which one of the operators ran
    remarks: tuple[str, ...]

    @property
    def spans(self) -> LayerSpans:
        return self.theory.layer(self.layer)

    @property
    def profile(self) -> NDArray[np.float64]:
        """(T,)"""
        return np.asarray(self.profiles.mean(axis=0))

    @property
    def profile_error(self) -> NDArray[np.float64]:
        """(T,) standard error of the mean."""
        return standard_error(self.profiles)

    @property
    def map(self) -> NDArray[np.float64]:
        """(H, W) summed over frames."""
        return np.asarray(self.energy.sum(axis=0, dtype=np.float64))

    @property
    def slice(self) -> NDArray[np.float64]:
        """(T, W) summed over rows."""
        return np.asarray(self.energy.sum(axis=1, dtype=np.float64))

    @property
    def reached(self) -> int:
        """Frames from which anything comes at all."""
        return int((self.profile > 0).sum())

    @property
    def areas(self) -> Mapping[float, int]:
        """Share of the energy -> the fewest pixels that hold it, wherever they lie."""
        return {share: fewest(self.map, share) for share in HELD}

    @property
    def durations(self) -> Mapping[float, int]:
        """Share of the energy -> the fewest frames that hold it."""
        return {share: fewest(self.profile, share) for share in HELD}


@dataclass(frozen=True)
class ReachStudy:
    """One model's receptive field, or several models' beside each other."""

    found: Mapping[str, Reach]  # by what each is called


def fewest(energy: NDArray[np.float64], share: float) -> int:
    """How many of the largest values add up to a share of the sum."""
    running = np.cumsum(np.sort(energy, axis=None)[::-1])
    return 1 + int(np.searchsorted(running, share * running[-1] * (1 - 1e-9)))  # less what rounding may lack


def standard_error(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """(samples, ...) -> (...); NaN for a single one."""
    if len(samples) < 2:
        return np.full(samples.shape[1:], np.nan)
    return np.asarray(samples.std(axis=0, ddof=1) / len(samples) ** 0.5)
