import json
from pathlib import Path

import numpy as np
import pytest
from videos import write_video

SMALL = ("dtf_net_motion", "--frames", "8", "--size", "16", "--samples", "2")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_one_command_gives_a_figure_arrays_and_a_manifest(inside):
    done = inside("receptive-field", *SMALL)
    assert done.returncode == 0
    assert "has random weights" in done.stderr
    folder = Path("dtfviz-out/dtf_net_motion/receptive-field")
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [
        "manifest.json",
        "receptive_field.npz",
        "receptive_field.png",
    ]
    found = json.loads((folder / "manifest.json").read_text())["models"]["dtf_net_motion"]
    assert (found["layer"], found["position"], found["reached_frames"]) == (
        "layer4",
        {"step": 4, "row": 1, "column": 1},
        8,
    )
    assert found["theory"]["layer1"]["time"] == {"global": "layer1.0.dtf_blk (DTFBlock)"}
    assert np.load(folder / "receptive_field.npz")["energy"].shape == (8, 16, 16)
    assert inside("receptive-field", *SMALL).stdout.splitlines()[-1] == f"{folder}: up to date"


def test_another_position_goes_elsewhere_in_another_form(inside):
    inside("receptive-field", *SMALL)
    given = ("--layer", "layer1", "--step", "0", "--cell", "3,0", "--format", "svg", "--json")
    document = json.loads(inside("receptive-field", *SMALL, *given).stdout)
    assert document["manifest"]["models"]["dtf_net_motion"]["position"] == {"step": 0, "row": 0, "column": 3}
    assert (Path(document["folder"]) / "receptive_field.svg").exists()
    assert document["folder"] != "dtfviz-out/dtf_net_motion/receptive-field"


def test_variants_of_one_block_stand_side_by_side(inside):
    given = ("--variant", "dtf", "--variant", "dtf_1d", "--variant", "none", "--blocks", "layer3")
    found = json.loads(inside("receptive-field", *SMALL, *given, "--json").stdout)["manifest"]["models"]
    assert {label: one["reached_frames"] for label, one in found.items()} == {"dtf": 8, "dtf_1d": 3, "none": 1}


def test_models_are_compared(inside):
    done = inside(
        "receptive-field", "--compare", "dtf_net_motion", "c2d_r50", *SMALL[1:], "--layer", "layer2", "-o", "both"
    )
    assert "c2d_r50: layer2" in done.stdout
    assert sorted(np.load("both/receptive_field.npz"))[0] == "c2d_r50/energy"


def test_clips_of_a_video_say_their_seconds(inside, tmp_path):
    write_video(tmp_path / "walk.mp4", 40, fps=25)
    done = inside("receptive-field", *SMALL, "--video", "walk.mp4", "--stride", "2")
    assert "2 clips of walk.mp4" in done.stdout
    assert " s)" in done.stdout
    assert Path("dtfviz-out/walk/receptive-field/manifest.json").exists()


def test_theory_alone_measures_nothing(inside):
    done = inside("receptive-field", *SMALL, "--theory")
    assert "global in time by layer1.0.dtf_blk (DTFBlock)" in done.stdout
    document = json.loads(inside("receptive-field", *SMALL, "--theory", "--json").stdout)
    assert document["theory"]["dtf_net_motion"]["layer1"]["rows"] == {"size": 27, "stride": 4, "offset": -13}
    assert not Path("dtfviz-out").exists()


def test_anyones_model_works_too(inside):
    Path("mine.py").write_text(
        "from torch import nn\n"
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.conv, self.fc = nn.Conv3d(3, 8, 3, stride=(1, 4, 4), padding=1), nn.Linear(8, 4)\n"
        "    def forward(self, x):\n"
        "        return self.fc(self.conv(x).relu().mean(dim=(2, 3, 4)))\n"
    )
    document = json.loads(inside("receptive-field", "mine.py:Net", *SMALL[1:], "--layer", "conv", "--json").stdout)
    assert document["folder"] == "dtfviz-out/Net/receptive-field"
    (found,) = document["manifest"]["models"].values()
    assert found["theory"]["conv"] == {
        "time": {"size": 3, "stride": 1, "offset": -1},
        "rows": {"size": 3, "stride": 4, "offset": -1},
        "columns": {"size": 3, "stride": 4, "offset": -1},
    }
    assert (found["reached_frames"], found["remarks"]) == (3, [])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["c2d_r50"], 2, "several models need --compare"),
        (["--compare", "c2d_r50", "--variant", "dtf"], 2, "are of one model"),
        (["--checkpoint", "x.pth", "--variant", "dtf"], 2, "leave --variant and --blocks out"),
        (["--stride", "2"], 2, "are of a --video"),
        (["--video", "v.mp4", "--start", "3"], 2, "leave --clip and --start out"),
        (["--cell", "3"], 2, "is not a column and a row"),
        (["--layer", "layr3"], 2, "did you mean layer3"),
        (["--step", "8"], 2, "--step 4"),
        (["--blocks", "layer9"], 2, "no block or stage is called layer9"),
    ],
)
def test_errors_come_before_anything_is_written(inside, arguments, code, words):
    Path("v.mp4").touch()  # a missing video would be found first
    done = inside("receptive-field", *SMALL, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert not Path("dtfviz-out").exists()
