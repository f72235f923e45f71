"""Where and when a model looks: a class activation map over the steps and positions of a layer."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from dtfviz.core.clip import Clip


@dataclass(frozen=True)
class Target:
    """What the map explains: the logit of a class, or of one class less that of another."""

    plus: int
    minus: int | None
    label: str


@dataclass(frozen=True)
class Cam:
    clip: Clip
    model: str
    trust: str
    layer: str
    method: str
    per: str  # whether channel weights are averaged over the whole "clip" or over each "step"
    target: Target
    score: float  # the target's logit, or difference of logits
    probability: float  # softmax of the target's class
    raw: NDArray[np.float32]  # (T, rows, columns), before the ReLU
    kernel: str  # which implementation of the operators ran
    remarks: tuple[str, ...]  # what a reader should know of this map
    classes_note: str = ""  # and of the names of its classes

    @property
    def map(self) -> NDArray[np.float32]:
        """(T, rows, columns), what speaks for the target."""
        return np.maximum(self.raw, 0)

    @property
    def energy(self) -> NDArray[np.float32]:
        """(T,) the map summed over positions."""
        total: NDArray[np.float32] = self.map.sum(axis=(1, 2))
        return total

    @property
    def step_times(self) -> NDArray[np.float64]:
        """(T,) seconds at the middle of each step."""
        return self.clip.step_times(len(self.raw))


def upsample(maps: NDArray[np.float32], size: tuple[int, int, int]) -> NDArray[np.float32]:
    """(T, rows, columns) -> (frames, height, width): linear in time and space, each step centred on its frames."""
    volume = torch.from_numpy(np.ascontiguousarray(maps))[None, None]
    larger: NDArray[np.float32] = torch.nn.functional.interpolate(volume, size, mode="trilinear", align_corners=False)[0, 0].numpy()
    return larger
