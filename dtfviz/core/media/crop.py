"""Where in a frame: the shorter side is resized to the model's size, and a square is cut; `full` keeps it all."""

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np

from dtfviz.core.choices import CROPS
from dtfviz.core.errors import OptionError, VideoError
from dtfviz.core.media.clip import Box, Picture, Video

NARROWEST = 32  # the longer side by the shorter: 16 frames of 340 pixels are then 180 MB


def choose_box(video: Video, crop: str) -> Box:
    """The part of a frame that a crop stands for."""
    if crop not in CROPS:
        raise OptionError(f"no crop is called {crop!r}", fact=f"the crops are {', '.join(CROPS)}")
    side = min(video.width, video.height)
    if crop == "full":
        check_narrow(video, side)
        return Box(0, 0, video.width, video.height)
    share = {"left": 0.0, "center": 0.5, "right": 1.0}[crop]
    return Box(round(share * (video.width - side)), round(share * (video.height - side)), side, side)


def check_narrow(video: Video, side: int) -> None:
    """An error for a video of which all would be kept, and that is so narrow that it would fill the memory."""
    if max(video.width, video.height) > NARROWEST * side:
        raise VideoError(
            f"{video.path}: {video.width} x {video.height} pixels are too narrow to be kept whole",
            fact=f"the longer side may be {NARROWEST} times the shorter",
        )


def merged(boxes: Iterable[Box]) -> list[Box]:
    """Boxes of one height side by side, or of one width above each other, as one wherever they touch."""
    found: list[Box] = []
    for box in sorted(set(boxes), key=lambda box: (box.top, box.left)):
        last = found.pop() if found else box
        found += [joined] if (joined := join(last, box)) else [last, box]
    return found


def join(one: Box, other: Box) -> Box | None:
    """Two boxes as one, where nothing else comes in; the other is not before the one."""
    if (one.top, one.height) == (other.top, other.height) and other.left <= one.left + one.width:
        return replace(one, width=max(one.width, other.left + other.width - one.left))
    if (one.left, one.width) == (other.left, other.width) and other.top <= one.top + one.height:
        return replace(one, height=max(one.height, other.top + other.height - one.top))
    return None


def scaled(box: Box, size: int) -> tuple[int, int]:
    """Height and width with the shorter side at `size`."""
    short = min(box.width, box.height)
    return round(box.height * size / short), round(box.width * size / short)


def cut(picture: Picture, box: Box, target: tuple[int, int]) -> Picture:
    """That part of a picture, at the model's size."""
    part = picture[box.top : box.top + box.height, box.left : box.left + box.width]
    shrinks = target[0] < part.shape[0]
    resized = cv2.resize(part, target[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(resized, np.uint8)
