import json

import av
import pytest
from matplotlib.image import imread


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return str(tmp_path_factory.mktemp("demo"))


def test_what_moves_is_named_and_turns_round_with_time(inside, out):
    shown = {
        (one["clip"], one["reversed"]): one for one in json.loads(inside("demo", "-o", out, "--json").stdout)["shown"]
    }
    assert {key: one["label"] for key, one in shown.items()} == {
        ("walk_crop.mp4", False): "move-left",
        ("walk_crop.mp4", True): "move-right",
        ("mover.mp4", False): "move-right",
        ("mover.mp4", True): "move-left",
    }
    for one in shown.values():
        maps, filters = one["folders"]
        with av.open(f"{maps}/overlay.mp4") as overlay:
            assert overlay.streams.video[0].codec_context.pix_fmt == "yuv420p"
        assert imread(f"{maps}/sheet.png").shape[1] == imread(f"{filters}/filters.png").shape[1] == 1400


def test_the_map_is_on_the_mover_and_not_on_its_still_look_alike(inside, out):
    """Row 100 of 256 is the mover's path, the look-alike lies below row 150."""
    peaks = [
        one["peak"]
        for one in json.loads(inside("demo", "-o", out, "--json").stdout)["shown"]
        if one["clip"] == "mover.mp4"
    ]
    assert all(60 <= peak["y"] <= 140 for peak in peaks)


def test_filters_are_more_active_where_it_looks_than_where_it_does_not(inside, out):
    ranks = [one["filter_ranks"] for one in json.loads(inside("demo", "-o", out, "--json").stdout)["shown"]]
    assert all(one["hot"] < one["cold"] and one["of"] == 64 for one in ranks)


def test_the_same_again_says_so(inside, out):
    inside("demo", "-o", out)
    again = inside("demo", "-o", out)
    assert again.stdout.count("up to date") == 4
    assert "the bundled dtf_net_motion" in again.stderr
