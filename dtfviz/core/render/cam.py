"""A class activation map on the original frames: in space through the crop box, in time between the steps."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from dtfviz.core.render.colour import Values
from dtfviz.core.results.cam import Cam, upsample
from dtfviz.core.video import Picture, decode


def map_at(cam: Cam, seconds: float) -> Values:
    """(rows, columns), linear between the middles of steps, constant beyond the first and the last."""
    middles = cam.step_times
    place = float(np.interp(seconds, middles, np.arange(len(middles)))) if (np.diff(middles) > 0).all() else float(nearest(cam, seconds))
    before = int(place)
    after, share = min(before + 1, len(middles) - 1), place - before
    return np.asarray((1 - share) * cam.map[before] + share * cam.map[after], np.float32)


def nearest(cam: Cam, seconds: float) -> int:
    """The step nearest in time: for clips whose frames are not in the order of the video."""
    return int(np.abs(cam.step_times - seconds).argmin())


def on_source(cam: Cam, values: Values) -> Values:
    """A map on the layer's grid as one of the source frame's size; nothing outside the part that the model saw."""
    video, box = cam.clip.video, cam.clip.box
    whole = np.zeros((video.height, video.width), np.float32)
    larger = cv2.resize(values, (box.width, box.height), interpolation=cv2.INTER_LINEAR)
    whole[box.top : box.top + box.height, box.left : box.left + box.width] = larger
    return whole


def frames_with_maps(cam: Cam) -> Iterator[tuple[float, Picture, Values]]:
    """Every source frame that the clip spans: its time, its picture and its map, one at a time."""
    indices, times = cam.clip.indices, cam.clip.video.times
    for number, picture in decode(cam.clip.video, range(min(indices), max(indices) + 1)):
        yield times[number], picture, on_source(cam, map_at(cam, times[number]))


def write_arrays(cam: Cam, path: Path) -> None:
    """Raw maps on the layer's grid and at the size of the model's input, with what is needed to place them."""
    frames, height, width = cam.clip.frames.shape[:3]
    np.savez_compressed(path, raw=cam.raw, map=cam.map, upsampled=upsample(cam.map, (frames, height, width)))
