"""Frames of a video in a figure."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from dtfviz.core.media.clip import Box, Picture


def draw_frame(axes: Axes, picture: Picture, boxes: Sequence[Box]) -> None:
    """A picture with the outline of what the model saw of it."""
    axes.imshow(picture, interpolation="bilinear")
    for box in boxes:
        axes.add_patch(
            Rectangle(
                (box.left - 0.5, box.top - 0.5), box.width, box.height, fill=False, edgecolor="white", linewidth=0.6
            )
        )
    axes.set_axis_off()
