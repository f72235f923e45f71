"""What the demonstration showed."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Showing:
    """One clip, played in one direction."""

    clip: str
    is_reversed: bool
    label: str
    probability: float
    peak: tuple[float, float]  # where the map is highest, in pixels of the video
    ranks: tuple[int, int]  # of the filters where the map is highest and lowest, among all cells by their measure
    cells: int
    folders: tuple[Path, ...]
    is_new: bool
