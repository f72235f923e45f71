"""The layers of a model that can be analysed."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LayerShape:
    """A layer and what comes out of it."""

    name: str
    shape: tuple[int, int, int, int]  # (C, T, H, W) of its output for one clip
    temporal: str | None  # path of the temporal operator inside it, if any


@dataclass(frozen=True)
class Layers:
    """What can be looked at in a model."""

    model: str
    frames: int
    size: int
    temporal: str  # what kind of operator the temporal ones are
    filter_layout: str
    default: str
    layers: tuple[LayerShape, ...]
    offers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # capability -> paths of its modules
