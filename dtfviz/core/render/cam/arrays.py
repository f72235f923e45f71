"""Class activation maps as arrays."""

from pathlib import Path

import numpy as np

from dtfviz.core.results.cam import Mosaic, upsample


def write_arrays(mosaic: Mosaic, path: Path) -> None:
    """Raw maps on the layer's grid, and of a single clip also at the size of the model's input.

    Of several clips, raw and map have an axis for them in front, in the order of the manifest's clips.
    """
    if len(mosaic.tiles) > 1:
        np.savez_compressed(
            path, raw=np.stack([tile.raw for tile in mosaic.tiles]), map=np.stack([tile.map for tile in mosaic.tiles])
        )
        return
    frames, height, width = mosaic.one.clip.frames.shape[:3]
    upsampled = upsample(mosaic.one.over_frames(mosaic.one.map), (frames, height, width))
    np.savez_compressed(path, raw=mosaic.one.raw, map=mosaic.one.map, upsampled=upsampled)
