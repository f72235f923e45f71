"""From map values to colours over a frame: one scale, an even colour map, a transparent low end."""

from dataclasses import dataclass

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from dtfviz.core.errors import OptionError, Use
from dtfviz.core.media.clip import Picture

Values = NDArray[np.float32]
HEAT = "inferno"
OPACITY = 0.6  # of the hottest place: the footage stays legible
LARGEST = 1e30  # of a scale: what single precision still holds
GREY = 0.6  # how far the footage is greyed where nothing is hot, so that colour means heat


def table() -> NDArray[np.uint8]:
    """(256, RGB)"""
    return np.asarray(mpl.colormaps[HEAT](np.linspace(0, 1, 256))[:, :3] * 255, np.uint8)


TABLE = table()


@dataclass(frozen=True)
class Scale:
    """Values from `low` (transparent) to `high` (hottest); `kind` is what was asked for."""

    kind: str
    low: float
    high: float

    def share(self, values: Values) -> Values:
        """In [0, 1]."""
        high = float(values.max()) if self.kind == "frame" else self.high
        spread = high - self.low
        return np.clip((values - self.low) / spread, 0, 1) if spread > 0 else np.zeros_like(values)

    @property
    def words(self) -> str:
        return {"clip": "one scale for the clip", "frame": "every frame its own scale"}.get(self.kind, "a fixed scale")


def choose_scale(wanted: str, highest: float) -> Scale:
    """`clip`: from 0 to the highest value; `frame`: to each frame's own; `fixed:a,b`: as it says."""
    bounds = check_scale(wanted)
    return Scale(wanted, 0.0, highest) if bounds is None else Scale("fixed", *bounds)


def check_scale(wanted: str) -> tuple[float, float] | None:
    """The bounds of a fixed scale; an error for what is no scale."""
    if wanted in ("clip", "frame"):
        return None
    kind, _, bounds = wanted.partition(":")
    try:
        low, high = (float(bound) for bound in bounds.split(","))
    except ValueError:
        low = high = 0.0
    if kind != "fixed" or not -LARGEST < low < high < LARGEST:
        raise OptionError(
            f"no scale is called {wanted[:80]!r}",
            fact="the scales are clip, frame and fixed:a,b with a < b",
            hint=Use("scale", "clip"),
        )
    return low, high


def overlay(picture: Picture, share: Values, opacity: float = OPACITY) -> Picture:
    """Heat over a greyed picture. `share` is in [0, 1], of the picture's height and width."""
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    ground = cv2.addWeighted(picture, 1 - GREY, grey, GREY, 0).astype(np.float32)
    colours = TABLE[(share * 255).astype(np.uint8)].astype(np.float32)
    weight = (opacity * share)[..., None]
    return np.asarray(ground * (1 - weight) + colours * weight, np.uint8)
