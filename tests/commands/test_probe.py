import json

import pytest
from videos import turn, write_video

from dtfviz.core.bundled import WEIGHTS, asset

R50 = ("--model", "dtf_net_r50")


@pytest.fixture
def video(tmp_path):
    return str(turn(write_video(tmp_path / "phone.mp4", 30, size=(96, 64)), 90))


def test_everything_that_is_fed_is_said(inside, video):
    document = json.loads(inside("probe", video, *R50, "--start", "0.2", "--json").stdout)
    assert (document["codec"], document["width"], document["height"], document["rotation"]) == ("h264", 64, 96, 270)
    assert document["indices"] == list(range(5, 21))
    assert document["box"] == [0, 16, 64, 64]
    assert document["grid"] == [4, 7, 7]
    assert document["cell"] == pytest.approx([64 / 7, 64 / 7])
    assert document["frames_of_step"][1] == document["indices"][4:8]


def test_the_table_shows_steps_and_cells(inside, video):
    text = inside("probe", video, *R50, "--frames", "8", "--layer", "layer3").stdout
    assert "rotated by 270 degrees" in text
    assert "layer3: 14 x 14" in text
    assert text.splitlines()[-2:] == [
        "   0   0.500  11 12 13 14     0.440 0.480 0.520 0.560",
        "   1   0.660  15 16 17 18     0.600 0.640 0.680 0.720",
    ]


def test_a_whole_frame_keeps_its_shape_for_nets_and_is_refused_by_transformers(inside, video):
    assert json.loads(inside("probe", video, *R50, "--crop", "full", "--json").stdout)["size"] == [336, 224]
    done = inside("probe", video, "--crop", "full", "--model", "dtf_swin_s")
    assert done.returncode == 4
    assert "--crop center" in done.stderr


def test_three_crops_are_those_of_the_other_commands(inside, tmp_path):
    video = str(write_video(tmp_path / "wide.mp4", 30, size=(96, 64)))
    crops = json.loads(inside("probe", video, *R50, "--crop", "three", "--json").stdout)["crops"]
    assert [(one["crop"], one["box"]) for one in crops] == [
        ("left", [0, 0, 64, 64]),
        ("center", [16, 0, 64, 64]),
        ("right", [32, 0, 64, 64]),
    ]


def test_an_unknown_layer_tries_the_one_that_was_meant(inside, video):
    done = inside("probe", video, *R50, "--layer", "layer9")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("--model dtf_net_r50 --layer layer4")


@pytest.mark.parametrize("model", [(), ("--model", "dtf_net_motion"), ("--checkpoint", str(asset(WEIGHTS)))])
def test_the_bundled_model_is_fed_at_its_own_stride(inside, model):
    done = inside("probe", *model, "--json")
    document = json.loads(done.stdout)
    assert (document["model"], document["layer"], document["grid"]) == ("dtf_net_motion", "layer4", [16, 8, 8])
    assert document["indices"] == list(range(17, 65, 3))
    assert ("the bundled dtf_net_motion" in done.stderr) == (not model)
    assert "no VIDEO: the bundled walk_crop.mp4" in done.stderr
