"""Shot cuts inside a clip: from one frame to the next the colours of the whole picture change at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dtfviz.core.media.clip import Picture

LEVELS = 8  # of each colour
CUT = 0.35  # distance from which on it is one: benchmarks/cuts.py counts what that takes for cuts and misses


def find_cuts(frames: Sequence[Picture] | NDArray[np.uint8]) -> tuple[int, ...]:
    """The numbers of frames that begin another shot."""
    return tuple(1 + int(place) for place in np.flatnonzero(distances(frames) > CUT))


def distances(frames: Sequence[Picture] | NDArray[np.uint8]) -> NDArray[np.float64]:
    """(frames - 1,) Hellinger distances of the shares of colours in a frame and the one before it: 0 alike, 1 nothing
    in common.
    """
    shares = np.sqrt([colours(frame) for frame in frames])
    return np.asarray(np.sqrt(np.maximum(0.0, 1 - (shares[1:] * shares[:-1]).sum(axis=1))))


def colours(frame: Picture) -> NDArray[np.float64]:
    """(LEVELS ** 3,) the share of the pixels that has each colour."""
    level = frame.reshape(-1, 3).astype(np.int64) * LEVELS // 256
    numbers = level @ (LEVELS**2, LEVELS, 1)
    return np.asarray(np.bincount(numbers, minlength=LEVELS**3) / len(numbers))
