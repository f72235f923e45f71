"""Where and when a model looks: a class activation map over the steps and positions of a layer."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dtfviz.core.media.clip import Clip, cut_words
from dtfviz.core.results.faithfulness import Faithfulness
from dtfviz.core.results.places import Cells, even_cells
from dtfviz.core.results.predictions import Guess
from dtfviz.core.results.sanity import Sanity


@dataclass(frozen=True)
class Target:
    """What the map explains: the logit of a class, of one class less that of another, or a function of the answer."""

    plus: int | None  # None: a function
    minus: int | None
    label: str
    at: float | None = None  # of an answer over time: the second, where one is meant,
    pooled: str | None = None  # and otherwise what is taken of all of them


@dataclass(frozen=True)
class Cam:
    """The map of one target at one layer, of one clip."""

    clip: Clip
    model: str
    trust: str
    layer: str
    method: str
    per: str  # whether channel weights are averaged over the whole "clip" or over each "step"
    target: Target
    score: float  # the target's logit, or difference of logits
    probability: float  # of the target's class; of a difference, of the first; of a function there is none
    raw: NDArray[np.float32]  # (T, rows, columns), before the ReLU
    implementation: str  # which one of the operators ran
    remarks: tuple[str, ...]  # what a reader should know of this map
    classes_note: str = ""  # and of the names of its classes
    sampled: NDArray[np.float64] | None = None  # (T,) seconds of steps that are no even parts of the clip
    pair: tuple[Guess, ...] = ()  # of a difference of classes, both
    placed: Cells | None = None  # where the layer's cells are; nothing where an earlier version did not ask

    @property
    def cells(self) -> Cells:
        """Where each step and position of the map is in the clip."""
        size = (len(self.clip.indices), *self.clip.frames.shape[1:3])
        return self.placed or even_cells(size, self.raw.shape)

    @property
    def map(self) -> NDArray[np.float32]:
        """(T, rows, columns), what speaks for the target."""
        return np.maximum(self.raw, 0)

    @property
    def highest(self) -> float:
        return float(self.map.max())

    @property
    def energy(self) -> NDArray[np.float32]:
        """(T,) the map summed over positions."""
        total: NDArray[np.float32] = self.map.sum(axis=(1, 2))
        return total

    @property
    def step_times(self) -> NDArray[np.float64]:
        """(T,) seconds at the centre of each step."""
        return self.cells.step_times(self.clip) if self.sampled is None else self.sampled

    def over_frames(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """(T, ...) -> (frames, ...): linear between the centres of steps, or between where they were sampled."""
        times = self.clip.times
        if self.sampled is None:
            return stretch(values, 0, self.cells.time.weights(np.arange(len(times))))
        return np.stack([at_time(self, values, when) for when in times])

    def over_clip(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """(T, rows, columns) -> (frames, height, width) of what the model is fed."""
        enlarged = self.over_frames(values)
        for dim, axis in enumerate(self.cells.axes[1:], start=1):
            enlarged = stretch(enlarged, dim, axis.weights(np.arange(axis.length)))
        return enlarged


@dataclass(frozen=True)
class Mosaic:
    """Maps of one target at one layer, from several clips of one video: along its time, or crops beside each other.

    Where clips overlap, what is shown is their mean, each weighed by how near its middle is.
    """

    tiles: tuple[Cam, ...]

    @property
    def one(self) -> Cam:
        """Any of them: they agree in video, model, layer, method and target."""
        return self.tiles[0]

    @cached_property
    def reaches(self) -> NDArray[np.float64]:
        """(clips, 2) the middle of each in seconds, and how far from it a clip still says something."""
        ends = np.array([(min(tile.clip.times), max(tile.clip.times)) for tile in self.tiles])
        spacing = np.array([abs(tile.clip.spacing) for tile in self.tiles])
        return np.stack([ends.mean(axis=1), np.ptp(ends, axis=1) / 2 + spacing], axis=1)

    @cached_property
    def times(self) -> tuple[float, ...]:
        """When frames were sampled, seconds, in order."""
        return tuple(sorted({when for tile in self.tiles for when in tile.clip.times}))

    @property
    def span(self) -> range:
        """The video's frames from the first to the last that was sampled."""
        indices = [number for tile in self.tiles for number in tile.clip.indices]
        return range(min(indices), max(indices) + 1)

    @property
    def highest(self) -> float:
        return max(tile.highest for tile in self.tiles)

    @property
    def probability(self) -> float:
        return sum(tile.probability for tile in self.tiles) / len(self.tiles)

    @property
    def when(self) -> str:
        """Which seconds the clips are of, and where the video is cut, in words."""
        cuts = sorted({tile.clip.times[number] for tile in self.tiles for number in tile.clip.cuts})
        return f"{self.times[0]:.2f} to {self.times[-1]:.2f} s{cut_words(cuts)}"

    @property
    def score(self) -> float:
        return sum(tile.score for tile in self.tiles) / len(self.tiles)

    @property
    def pair(self) -> tuple[Guess, ...]:
        """Of a difference of classes both, with their mean probabilities."""
        sides = zip(*(tile.pair for tile in self.tiles), strict=True)
        return tuple(replace(side[0], probability=sum(one.probability for one in side) / len(side)) for side in sides)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Of the tiles, each once, with how many it holds for."""
        counts = Counter(remark for tile in self.tiles for remark in tile.remarks)
        whole = len(self.tiles)
        return tuple(
            remark if count == whole else f"{count} of {whole} clips: {remark}" for remark, count in counts.items()
        )


@dataclass(frozen=True)
class Explained:
    """Maps of one target, a layer each, and the tests of the first of them that were asked for."""

    layers: tuple[Mosaic, ...]
    proof: Faithfulness | None = None
    sanity: Sanity | None = None


@dataclass(frozen=True)
class CamStudy:
    """What a video is taken for, and where and when the model looks for each of the targets."""

    top: tuple[Guess, ...]
    targets: tuple[Explained, ...]
    is_by_stage: bool = False  # all stages of the model, in one picture a target
    seed: int = 0


def at_time(cam: Cam, values: NDArray[np.float32], seconds: float) -> NDArray[np.float32]:
    """Values by step (T, ...), linear between the centres of steps, constant beyond the first and the last."""
    middles = cam.step_times
    if not (np.diff(middles) > 0).all():  # steps in another order than the video's
        return np.asarray(values[int(np.abs(middles - seconds).argmin())])
    place = float(np.interp(seconds, middles, np.arange(len(middles))))
    before = int(place)
    after, share = min(before + 1, len(middles) - 1), place - before
    return np.asarray((1 - share) * values[before] + share * values[after], np.float32)


def stretch(values: NDArray[np.float32], dim: int, weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """Along one dimension, by weights (places, cells)."""
    mixed = np.tensordot(weights, values, axes=(1, dim))
    return np.asarray(np.moveaxis(mixed, 0, dim), np.float32)
