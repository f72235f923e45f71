"""What was seen, as plain records of NumPy: a video, the part of a frame that a model sees, and a clip."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (height, width, RGB)


@dataclass(frozen=True)
class Video:
    """What is in a video file, or a folder of images."""

    path: Path
    sha256: str
    codec: str
    width: int  # as shown, after rotation
    height: int
    rotation: int  # degrees counter-clockwise that were applied to the stored frames
    fps: float  # average
    times: tuple[float, ...]  # seconds from the first frame, one a frame
    stamps: tuple[int, ...] = ()  # the container's own, in showing order
    keyframes: tuple[int, ...] = ()  # numbers of the frames at which decoding can begin
    images: tuple[Path, ...] = ()  # of a folder

    def __len__(self) -> int:
        return len(self.times)

    @property
    def seconds(self) -> float:
        return self.times[-1] + 1 / self.fps


@dataclass(frozen=True)
class Box:
    """The part of the source frame that the model sees, in pixels after rotation."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Clip:
    """The frames of a video that a model is fed."""

    video: Video
    frames: NDArray[np.uint8]  # (frames, height, width, RGB) at the model's size
    indices: tuple[int, ...]  # of the video's frames
    times: tuple[float, ...]  # seconds from the video's first frame
    box: Box
    crop: str
    pixels: NDArray[np.floating[Any]] | None = None  # as the model takes them, where they came as such; like frames
    cuts: tuple[int, ...] = ()  # numbers of the frames that begin another shot

    @property
    def when(self) -> str:
        """Which seconds it is of, and where it is cut, in words."""
        cuts = [self.times[number] for number in self.cuts]
        return f"{min(self.times):.2f} to {max(self.times):.2f} s{cut_words(cuts)}"

    @property
    def spacing(self) -> float:
        """Mean seconds from one clip frame to the next."""
        return (self.times[-1] - self.times[0]) / max(1, len(self.times) - 1)

    def step_times(self, steps: int) -> NDArray[np.float64]:
        """Seconds at the middle of each of a network's steps: the mean of its frames' times."""
        return even_times(self.times, steps)

    def times_at(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Seconds at places among the frames, counted from 0: linear between them, and beyond them at their spacing."""
        count = len(self.times)
        beyond = places - np.clip(places, 0, count - 1)
        return np.interp(places, np.arange(count), self.times) + beyond * self.spacing


def cut_words(cuts: Sequence[float]) -> str:
    """Where shots are cut, as the end of a phrase; nothing where none is."""
    if len(cuts) > 1:
        return f", {len(cuts)} shot cuts"
    return f", shot cut at {cuts[0]:.2f} s" if cuts else ""


def even_times(times: Sequence[float] | NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """The mean of each of so many even parts; where there are more than times, linear between these."""
    if steps > len(times):
        middles = (np.arange(steps) + 0.5) * len(times) / steps - 0.5
        return np.asarray(np.interp(middles, np.arange(len(times)), times))
    return np.array([part.mean() for part in np.array_split(np.asarray(times), steps)])


def reorder(clip: Clip, order: str, seed: int | Sequence[int] = 0) -> Clip:
    """The same frames in another order, one of ORDERS."""
    new = ordered(len(clip.indices), order, seed)
    return replace(
        clip,
        frames=clip.frames[new],
        pixels=None if clip.pixels is None else clip.pixels[new],
        indices=tuple(clip.indices[i] for i in new),
        times=tuple(clip.times[i] for i in new),
        cuts=clip.cuts if order == "normal" else (),
    )


def ordered(count: int, order: str, seed: int | Sequence[int] = 0) -> NDArray[np.int64]:
    """Which frame stands where: `frozen` is the first throughout, at `half-rate` every second one is shown twice."""
    if order == "shuffled":
        return np.random.default_rng(seed).permutation(count)
    numbers = np.arange(count)
    orders = {
        "normal": numbers,
        "reversed": numbers[::-1],
        "frozen": np.zeros_like(numbers),
        "frozen-middle": np.full_like(numbers, count // 2),
        "half-rate": numbers // 2 * 2,
    }
    return orders[order].copy()  # torch takes no reversed view
