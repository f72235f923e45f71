"""How pictures are asked for: what every figure has in common, and what maps and filters have besides."""

from dataclasses import dataclass

from dtfviz.core.choices import DEFAULT_MEASURE

PAGE = 7.0  # inches: two columns of a paper


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


@dataclass(frozen=True)
class FilterDrawing(Drawing):
    """Which part of a filter is shown."""

    view: str = "both"
    channels: str = "top:8"  # that are shown one by one
    measure: str = DEFAULT_MEASURE  # by which positions are ranked
