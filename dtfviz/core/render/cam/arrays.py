"""Class activation maps as arrays."""

from pathlib import Path
from typing import Any

import numpy as np

from dtfviz.core.results.cam import Mosaic


def write_arrays(mosaic: Mosaic, path: Path) -> None:
    """Raw maps on the layer's grid, and of a single clip also at the size of the model's input.

    Cell s of an axis (time, height, width) is centred on offset + s stride, in frames or pixels of the input.
    Of several clips, raw and map have an axis for them in front, in the order of the manifest's clips.
    """
    axes = mosaic.one.cells.axes
    places: dict[str, Any] = {"offset": [axis.offset for axis in axes], "stride": [axis.stride for axis in axes]}
    if len(mosaic.tiles) > 1:
        raw, positive = (np.stack(values) for values in zip(*((one.raw, one.map) for one in mosaic.tiles), strict=True))
        np.savez_compressed(path, raw=raw, map=positive, **places)
        return
    cam = mosaic.one
    np.savez_compressed(path, raw=cam.raw, map=cam.map, upsampled=cam.over_clip(cam.map), **places)
