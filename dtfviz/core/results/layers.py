"""The layers of a model that can be analysed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LayerShape:
    name: str
    shape: tuple[int, int, int, int]  # (C, T, H, W) of its output for one clip
    temporal: str | None  # path of the temporal operator inside it, if any


@dataclass(frozen=True)
class Layers:
    model: str
    frames: int
    size: int
    temporal: str  # what kind of operator the temporal ones are
    filter_layout: str
    default: str
    layers: tuple[LayerShape, ...]
