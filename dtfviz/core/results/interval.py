"""Means over videos, and how sure they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000  # of the bootstrap
FEWEST = 3  # videos: two can be drawn in three ways only, which is no distribution


@dataclass(frozen=True)
class Interval:
    """A mean over videos and, of three or more, the 95 % confidence interval of it."""

    mean: float
    low: float | None
    high: float | None


def interval_of(values: Sequence[float] | NDArray[np.float64], seed: int = 0) -> Interval:
    """By a seeded bootstrap of the mean: divergences and areas are too skewed for a normal one."""
    values = np.asarray(values, float)
    if len(values) < FEWEST:
        return Interval(float(values.mean()), None, None)
    generator = np.random.default_rng(seed)
    means = [values[generator.integers(len(values), size=len(values))].mean() for _ in range(DRAWS)]
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(values.mean()), float(low), float(high))
