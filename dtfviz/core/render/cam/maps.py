"""Class activation maps on the original frames: in space through the crop boxes, in time between the steps."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from dtfviz.core.media.clip import Picture
from dtfviz.core.render.cam.source import whole_pictures
from dtfviz.core.render.style.colour import Values
from dtfviz.core.results.cam import Cam, Mosaic, at_time
from dtfviz.core.results.places import Axis


# --- one clip ---------------------------------------------------------------------------------------------------------
def on_source(cam: Cam, values: Values) -> Values:
    """A map on the layer's grid as one of the source frame's size: linear between the centres of cells, and nothing
    outside the part that the model saw.
    """
    video, box = cam.clip.video, cam.clip.box
    whole = np.zeros((video.height, video.width), np.float32)
    down, across = at_pixels(cam.cells.rows, box.height), at_pixels(cam.cells.cols, box.width)
    whole[box.top : box.top + box.height, box.left : box.left + box.width] = down @ values @ across.T
    return whole


@lru_cache(maxsize=8)
def at_pixels(axis: Axis, side: int) -> Values:
    """(side, cells): how much of each cell a pixel of the source shows, of as many as were shrunk to the axis."""
    return axis.weights(axis.place_at((np.arange(side) + 0.5) / side)).astype(np.float32)


# --- several ----------------------------------------------------------------------------------------------------------
def shares(mosaic: Mosaic, seconds: float) -> list[tuple[Cam, float]]:
    """The clips that say something of an instant, and how much each counts: most in its middle, least at its ends."""
    middle, reach = mosaic.reaches.T
    away = abs(seconds - middle)
    near = np.where(reach > 0, 1 - away / np.where(reach > 0, reach, 1), -away)  # a single frame has no reach
    inside = np.flatnonzero(near > 0)
    if not len(inside):
        return [(mosaic.tiles[int(near.argmax())], 1.0)]
    return [(mosaic.tiles[number], float(near[number])) for number in inside]


def map_on_source(mosaic: Mosaic, seconds: float) -> Values:
    """(height, width) of the source, the weighted mean of the clips that saw a place at that time."""
    video = mosaic.one.clip.video
    total, weight = (np.zeros((video.height, video.width), np.float32) for _ in range(2))
    for tile, share in shares(mosaic, seconds):
        box = tile.clip.box
        total += share * on_source(tile, at_time(tile, tile.map, seconds))
        weight[box.top : box.top + box.height, box.left : box.left + box.width] += share
    return np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)


def middles(mosaic: Mosaic) -> list[float]:
    """When the steps are, seconds, in order."""
    return sorted({float(when) for tile in mosaic.tiles for when in tile.step_times})


def energy_over_time(mosaic: Mosaic) -> list[float]:
    """The map summed over positions at the middle of each step, the weighted mean of the clips there."""
    found = []
    for when in middles(mosaic):
        there = shares(mosaic, when)
        weights = [share for _, share in there]
        found.append(float(np.average([float(at_time(tile, tile.energy, when)) for tile, _ in there], weights=weights)))
    return found


def frames_with_maps(mosaic: Mosaic) -> Iterator[tuple[float, Picture, Values]]:
    """Every source frame that the clips span: its time, its picture and its map, one at a time."""
    video = mosaic.one.clip.video
    for number, picture in whole_pictures(mosaic):
        yield video.times[number], picture, map_on_source(mosaic, video.times[number])
