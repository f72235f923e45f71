import numpy as np
import pytest
from videos import write_video

import dtfviz
from dtfviz.core.errors import OptionError
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.models.building import build_model


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return read_clip(write_video(tmp_path_factory.mktemp("filters") / "v.mp4", 20, size=(64, 64)), Sampling(16), 32)


def small(temporal):
    return build_model(
        "dtf_net_r50", depths=(1, 1, 1, 1), widths=(16, 16, 16, 16), expansion=2, num_classes=3, temporal=temporal
    )


def test_the_last_axis_of_kernels_is_the_inverse_fft_of_that_of_filters(clip, tmp_path):
    found = dtfviz.filters(small("dtf"), clip, [(20, 5), (40, 60)], "layer2")
    arrays = np.load(dtfviz.save(found, tmp_path / "filters.npz"))
    assert np.iscomplexobj(arrays["filters"])
    assert arrays["filters"].shape == (2, 16, 3)
    assert np.allclose(
        arrays["kernels"], np.fft.irfft(arrays["filters"], n=4), rtol=0, atol=1e-7 * np.abs(arrays["kernels"]).max()
    )
    assert arrays["grid"].tolist() == [4, 4]
    assert (arrays["cell_column"].tolist(), arrays["cell_row"].tolist()) == ([1, 2], [0, 3])
    assert "cells" not in arrays  # once row before column, which nothing in the file said
    assert arrays["pixels"].tolist() == [[20, 5], [40, 60]]
    assert arrays["boxes"][1].tolist() == [25, 41, 16, 23]  # centred on pixels 16 and 24 of 32, each two of the video
    assert (arrays["frequencies_hz"].shape, arrays["lags_s"].shape) == ((3,), (4,))
    assert np.array_equal(arrays["activity_raw"], found.activity["raw"])
    assert arrays["displacement"].shape == (3, 4, 4, 2)
    for name in (
        "kernel_spectra",
        "beyond_kernel",
        "effective",
        "effective_kernels",
        "effective_energy",
        "effective_kernel_energy",
        "sensitivity",
        "distinct",
    ):
        assert np.array_equal(arrays[name], getattr(found, name))


def test_static_filters_are_arrays_too(clip, tmp_path):
    found = dtfviz.filters(small("shift"), clip, layer="layer2")
    arrays = np.load(dtfviz.save(found, tmp_path / "filters.npz"))
    assert arrays["lags"].tolist() == [-1, 0, 1]
    assert (arrays["kernels"].shape, arrays["gain"].shape, arrays["frequencies_hz"].shape) == ((16, 3), (16, 65), (65,))
    assert (arrays["effective_kernels"].shape, arrays["effective_gain"].shape) == ((16, 3), (16, 65))
    with pytest.raises(OptionError, match=r"its forms are \.png, \.svg, \.pdf, \.npz"):
        dtfviz.save(found, tmp_path / "filters.jpg")
