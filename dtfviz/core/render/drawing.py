"""How pictures are asked for: what every figure has in common, and what maps and filters have besides."""

from dataclasses import dataclass

from dtfviz.core.choices import DEFAULT_MEASURE

COLUMN, PAGE = 3.3, 7.0  # inches: one column of a paper, and two
OVERLAY_HEIGHT = 720  # pixels: larger footage costs more than it shows


@dataclass(frozen=True)
class Drawing:
    """The page that a figure is made for."""

    form: str = "png"
    dpi: int = 200
    width: float = PAGE  # inches
    has_caption: bool = True


@dataclass(frozen=True)
class CamDrawing(Drawing):
    """How maps are laid over frames."""

    scale: str = "clip"  # what the colours span: "clip", "frame" or "fixed:a,b"
    opacity: float = 0.6  # of the hottest place
    overlay_height: int = OVERLAY_HEIGHT  # pixels that the footage of an overlay has at most


@dataclass(frozen=True)
class FilterDrawing(Drawing):
    """Which part of a filter is shown."""

    view: str | None = None  # both where they fit a page, else the raw one
    channels: str = "top:8"  # that are shown one by one
    measure: str = DEFAULT_MEASURE  # by which positions are ranked


@dataclass(frozen=True)
class Changes:
    """What is to be drawn otherwise than before; None: as it was."""

    form: str | None = None
    dpi: int | None = None
    width: float | None = None
    has_caption: bool | None = None
    scale: str | None = None
    opacity: float | None = None
    overlay_height: int | None = None
    view: str | None = None
    channels: str | None = None
    measure: str | None = None
