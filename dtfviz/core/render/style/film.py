"""Frames of a video in a figure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from dtfviz.core.media.clip import Box, Picture, Video

FLATTEST, TALLEST = 1 / 8, 4.0  # height by width of a frame's place


def tallness(video: Video) -> float:
    """Height by width of the place that a frame has in a figure: footage that is longer leaves some of it empty."""
    return min(max(video.height / video.width, FLATTEST), TALLEST)


WIDE = 1.6  # inches of a picture over which lines have their whole thickness


def draw_frame(axes: Axes, picture: Picture, boxes: Sequence[Box]) -> None:
    """A picture with the outline of what the model saw of it."""
    axes.imshow(picture, interpolation="bilinear")
    for box in boxes:
        place = (box.left, box.top, box.width, box.height)
        outline(axes, place, edgecolor="white", linewidth=0.7 * pen_of(axes))
    axes.set_axis_off()


def outline(axes: Axes, box: tuple[float, float, float, float], **line: Any) -> None:
    """Around the pixels from left and top on, as wide and high as it says."""
    left, top, width, height = box
    axes.add_patch(Rectangle((left - 0.5, top - 0.5), width, height, fill=False, **line))


def pen_of(axes: Axes) -> float:
    """How thick lines over a picture are, of what a large one bears: in a small one they would hide what they mark."""
    return float(np.clip(axes.bbox.width / axes.figure.dpi / WIDE, 0.35, 1))
