import json
from pathlib import Path

import numpy as np
import pytest
from videos import write_video

from dtfviz.commands.gradcam import METHODS
from dtfviz.core.analysis import gradcam

SMALL = ("--model", "dtf_net_r50", "--size", "32", "--frames", "8")


@pytest.fixture
def video(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return str(write_video(tmp_path / "walk.mp4", 30))


def test_the_commands_methods_are_the_analyses():
    assert set(METHODS) == set(gradcam.METHODS)


def test_one_command_gives_a_video_a_sheet_arrays_and_a_manifest(inside, video):
    done = inside("gradcam", video, *SMALL)
    assert done.returncode == 0
    assert "UNTRAINED" in done.stderr
    folder = Path("dtfviz-out/walk/gradcam")
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "maps.npz", "overlay.mp4", "sheet.png"]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["clip"]["indices"] == list(range(11, 19))
    assert (manifest["kernel"], manifest["model"]["trust"]) == ("cpu", "UNTRAINED")
    assert set(np.load(folder / "maps.npz")) == {"raw", "map", "upsampled"}
    assert inside("gradcam", video, *SMALL).stdout.splitlines()[-1] == f"{folder}: up to date"


def test_other_options_go_elsewhere_and_several_targets_into_one_folder(inside, video):
    inside("gradcam", video, *SMALL)
    done = inside("gradcam", video, *SMALL, "--target", "3", "--target", "5", "--layer", "layer2", "--json")
    document = json.loads(done.stdout)
    assert document["folder"] != "dtfviz-out/walk/gradcam"
    assert [found["target"]["plus"] for found in document["manifest"]["maps"]] == [3, 5]
    assert all((Path(document["folder"]) / name).exists() for found in document["manifest"]["maps"] for name in found["files"])


def test_the_difference_of_two_classes(inside, video):
    document = json.loads(inside("gradcam", video, *SMALL, "--target", "3", "--minus", "5", "--out", "here", "--json").stdout)
    target = document["manifest"]["maps"][0]["target"]
    assert (document["folder"], target["plus"], target["minus"]) == ("here", 3, 5)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--layer", "layr4"], 2, "did you mean layer4"),
        (["--method", "scorecam"], 2, "thousands of times"),
        (["--scale", "fixed:3,1"], 2, "fixed:a,b"),
        (["--target", "jumping"], 2, "no class is called 'jumping'"),
        (["--target", "1", "--target", "2", "--minus", "3"], 2, "--minus takes one"),
        (["--out", "theirs"], 7, "is not a folder of ours"),
    ],
)
def test_errors_come_before_anything_is_written(inside, video, arguments, code, words):
    Path("theirs").mkdir()
    Path("theirs/file").write_text("x")
    done = inside("gradcam", video, *SMALL, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert not Path("dtfviz-out").exists()
