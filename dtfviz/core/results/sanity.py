"""Whether a map hangs on what the model has learnt: its likeness to maps under shuffled weights, part by part."""

from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True)
class Sanity:
    """Of one map. Weights are shuffled from the answer down to the clip, and stay so: the last map has none left."""

    model: str
    trust: str
    classes_note: str
    video: str
    label: str  # of the target
    layer: str
    method: str
    seed: int
    parts: tuple[str, ...]  # of the model, in the order in which their weights are shuffled
    correlations: tuple[float, ...]  # of ranks, with the map as it is; NaN where a map is the same everywhere

    @property
    def known(self) -> tuple[float | None, ...]:
        """The correlations, as JSON can hold them."""
        return tuple(value if isfinite(value) else None for value in self.correlations)
