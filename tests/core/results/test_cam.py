import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from dtfviz.core.results.cam import upsample

SPY = """
import pkgutil, sys
from importlib import import_module
from dtfviz.core import results
for module in pkgutil.iter_modules(results.__path__):
    import_module(f"dtfviz.core.results.{module.name}")
print(*sys.modules)
"""


@pytest.mark.parametrize(
    ("shape", "size"),
    [((4, 7, 5), (16, 56, 60)), ((1, 1, 1), (3, 2, 2)), ((8, 6, 6), (8, 6, 6)), ((6, 9, 8), (4, 5, 3))],
)
def test_a_map_is_enlarged_as_torch_does_it(shape, size):
    maps = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    doubles = torch.from_numpy(maps).double()[None, None]  # in float32 torch rounds where it looks
    theirs = interpolate(doubles, size, mode="trilinear", align_corners=False)[0, 0]
    assert np.allclose(upsample(maps, size), theirs.numpy(), rtol=0, atol=1e-6)


def test_results_need_neither_torch_nor_opencv_nor_av():
    done = subprocess.run([sys.executable, "-c", SPY], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "dtfviz.core.results.cam" in loaded
    assert not {"torch", "cv2", "av"} & loaded
