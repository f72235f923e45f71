import json

import numpy as np
import pytest
from matplotlib.image import imread

import dtfviz
from dtfviz.core.render.reach.arrays import write_several


def test_it_is_stored_as_a_figure_arrays_or_a_document(reach, tmp_path):
    assert imread(dtfviz.save(reach, tmp_path / "r.png")).shape[1] == 1400
    with np.load(dtfviz.save(reach, tmp_path / "r.npz")) as file:
        arrays = dict(file)
    assert arrays["map"] == pytest.approx(arrays["energy"].sum(axis=0))
    assert arrays["slice"].shape == (16, 32)
    document = json.loads(dtfviz.save(reach, tmp_path / "r.json").read_text())
    assert document["theory"]["layer3.5"]["time"] == {"size": 11, "stride": 4, "offset": -2}
    assert (document["reached_frames"], document["durations_s"]) == (12, None)
    write_several({"one": reach, "two": reach}, tmp_path / "two.npz")
    with np.load(tmp_path / "two.npz") as arrays:
        assert np.array_equal(arrays["two/profile"], reach.profile)
