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
    folder: Path
    is_new: bool
