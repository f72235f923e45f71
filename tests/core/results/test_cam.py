import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from dtfviz.core.media.clip import Box, Clip, Video
from dtfviz.core.results.cam import Cam, Target
from dtfviz.core.results.places import Axis, Cells

SPY = """
import pkgutil, sys
from importlib import import_module
from dtfviz.core import results
for module in pkgutil.iter_modules(results.__path__):
    import_module(f"dtfviz.core.results.{module.name}")
print(*sys.modules)
"""


def cam_of(maps, size, placed=None):
    video = Video(Path("v.mp4"), "0" * 64, "h264", 60, 60, 0, 25.0, tuple(np.arange(size[0]) / 25))
    frames = np.zeros((*size, 3), np.uint8)
    clip = Clip(video, frames, tuple(range(size[0])), video.times, Box(0, 0, 60, 60), "center")
    return Cam(clip, "n", "trained", "l", "gradcam", "clip", Target(0, None, "a"), 0, 0, maps, "cpu", (), placed=placed)


@pytest.mark.parametrize(
    ("shape", "size"),
    [((4, 7, 5), (16, 56, 60)), ((1, 1, 1), (3, 2, 2)), ((8, 6, 6), (8, 6, 6)), ((6, 9, 8), (4, 5, 3))],
)
def test_a_map_of_even_shares_is_enlarged_as_torch_does_it(shape, size):
    maps = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    doubles = torch.from_numpy(maps).double()[None, None]  # in float32 torch rounds where it looks
    theirs = interpolate(doubles, size, mode="trilinear", align_corners=False)[0, 0]
    assert np.allclose(cam_of(maps, size).over_clip(maps), theirs.numpy(), rtol=0, atol=1e-6)


def test_a_map_whose_cells_begin_at_the_border_is_enlarged_as_torch_aligns_corners():
    maps = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32)
    placed = Cells(Axis(5, 3, 0.0, 2.0), Axis(10, 4, 0.0, 3.0), Axis(5, 5, 0.0, 1.0))
    theirs = interpolate(torch.from_numpy(maps)[None, None], (5, 10, 5), mode="trilinear", align_corners=True)[0, 0]
    assert np.allclose(cam_of(maps, (5, 10, 5), placed).over_clip(maps), theirs.numpy(), rtol=0, atol=1e-6)


def test_results_need_neither_torch_nor_opencv_nor_av():
    done = subprocess.run([sys.executable, "-c", SPY], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "dtfviz.core.results.cam" in loaded
    assert not {"torch", "cv2", "av"} & loaded
