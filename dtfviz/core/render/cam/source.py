"""Whole frames of the video that was looked at; where no file holds it any more, what the model saw of them."""

import os
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from dtfviz.core.errors import InputError
from dtfviz.core.media.clip import Clip, Picture
from dtfviz.core.media.video import decode
from dtfviz.core.results.cam import Mosaic


def pictures_at(clip: Clip, numbers: Sequence[int]) -> list[Picture]:
    """Frames of a clip by their place in it."""
    if not os.path.exists(clip.video.path):
        return [in_place(clip.frames[number], clip) for number in numbers]
    pictures = dict(decode(clip.video, [clip.indices[number] for number in numbers]))
    return [pictures[clip.indices[number]] for number in numbers]


def in_place(frame: Picture, clip: Clip) -> Picture:
    """What the model saw, on white where it saw nothing."""
    box, whole = clip.box, np.full((clip.video.height, clip.video.width, 3), 255, np.uint8)
    whole[box.top : box.top + box.height, box.left : box.left + box.width] = cv2.resize(frame, (box.width, box.height))
    return whole


def whole_pictures(mosaic: Mosaic) -> Iterator[tuple[int, Picture]]:
    """Every frame that the clips span, by its number; of a clip that no file holds those that it was made of."""
    clip = mosaic.one.clip
    if os.path.exists(clip.video.path):
        return decode(clip.video, mosaic.span)
    return ((clip.indices[place], in_place(clip.frames[place], clip)) for place in np.argsort(clip.indices))


def nearest(mosaic: Mosaic, seconds: Sequence[float]) -> list[tuple[float, Picture]]:
    """The frame of the video nearest each instant, or the nearest that a clip holds, with its own time."""
    clip = mosaic.one.clip
    if os.path.exists(clip.video.path):
        times = np.asarray(clip.video.times)
        numbers = [int(np.abs(times - when).argmin()) for when in seconds]
        pictures = dict(decode(clip.video, numbers))
        return [(clip.video.times[number], pictures[number]) for number in numbers]
    if not len(clip.frames):
        raise InputError(f"{clip.video.path}: is gone", fact="of several clips no frames are kept")
    places = [int(np.abs(np.asarray(clip.times) - when).argmin()) for when in seconds]
    return list(zip([clip.times[place] for place in places], pictures_at(clip, places), strict=True))
