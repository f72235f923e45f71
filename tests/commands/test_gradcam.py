import json
from pathlib import Path

import numpy as np
import pytest
from videos import write_video

from dtfviz.commands.gradcam import METHODS
from dtfviz.core.analysis.cam import gradcam
from dtfviz.core.media.video import open_video

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
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [
        "manifest.json",
        "maps.npz",
        "overlay.mp4",
        "sheet.png",
    ]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["clips"][0]["indices"] == list(range(11, 19))
    assert (manifest["kernel"], manifest["model"]["trust"]) == ("cpu", "UNTRAINED")
    assert set(np.load(folder / "maps.npz")) == {"raw", "map", "upsampled", "offset", "stride"}
    assert inside("gradcam", video, *SMALL).stdout.splitlines()[-1] == f"{folder}: up to date"


def test_other_options_go_elsewhere_and_several_targets_into_one_folder(inside, video):
    inside("gradcam", video, *SMALL)
    done = inside("gradcam", video, *SMALL, "--target", "3", "--target", "5", "--layer", "layer2", "--json")
    document = json.loads(done.stdout)
    assert document["folder"] != "dtfviz-out/walk/gradcam"
    assert [found["target"]["plus"] for found in document["manifest"]["maps"]] == [3, 5]
    assert all(
        (Path(document["folder"]) / name).exists() for found in document["manifest"]["maps"] for name in found["files"]
    )


def test_the_difference_of_two_classes(inside, video):
    document = json.loads(
        inside("gradcam", video, *SMALL, "--target", "3", "--minus", "5", "--out", "here", "--json").stdout
    )
    (found,) = document["manifest"]["maps"]
    target, pair = found["target"], found["pair"]
    assert (document["folder"], target["plus"], target["minus"]) == ("here", 3, 5)
    assert [one["index"] for one in pair] == [3, 5]
    ratio = pair[0]["probability"] / pair[1]["probability"]  # softmax: e to the difference of logits
    assert found["score"] == pytest.approx(np.log(ratio), abs=1e-5)
    said = inside("gradcam", video, *SMALL, "--target", "3", "--minus", "5", "--out", "there").stdout
    sides = " and ".join(f"{one['probability']:.3f}" for one in pair)
    assert f"{target['label']}: {found['score']:+.3f} logits ({sides})" in said


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--layer", "layr4"], 2, "did you mean layer4"),
        (["--method", "scorecam"], 2, "thousands of times"),
        (["--scale", "fixed:3,1"], 2, "fixed:a,b"),
        (["--target", "jumping"], 2, "no class is called 'jumping'"),
        (["--whole", "--start", "3"], 2, "leave --clip and --start out"),
        (["--model", "torchvision.models.video:r3d_81"], 2, "did you mean r3d_18"),
        (["--model-arg", "weights"], 2, "is not name=value"),
        (["--model-arg", "depth=3"], 2, "for a model that is not ours"),
        (["--mean", "1,2"], 2, "not one number or three"),
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


def test_every_stage_in_one_picture(inside, video):
    document = json.loads(inside("gradcam", video, *SMALL, "--layer", "all", "--json").stdout)
    folder = Path(document["folder"])
    assert [found["layer"] for found in document["manifest"]["maps"]] == ["layer1", "layer2", "layer3", "layer4"]
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [
        *(f"layer{n}-{name}" for n in range(1, 5) for name in ("maps.npz", "overlay.mp4", "sheet.png")),
        "manifest.json",
        "stages.png",
    ]


def test_a_whole_video_is_covered_by_overlapping_clips(inside, video):
    document = json.loads(inside("gradcam", video, *SMALL, "--whole", "--json").stdout)
    clips = [clip["indices"] for clip in document["manifest"]["clips"]]
    assert [(indices[0], indices[-1]) for indices in clips] == [
        (begin, begin + 7) for begin in (0, 4, 8, 12, 16, 20, 22)
    ]
    folder = Path(document["folder"])
    assert len(open_video(folder / "overlay.mp4")) == 30
    assert np.load(folder / "maps.npz")["raw"].shape == (7, 2, 1, 1)


def test_three_crops_are_three_clips_of_one_map(inside, video):
    clips = json.loads(inside("gradcam", video, *SMALL, "--crop", "three", "--json").stdout)["manifest"]["clips"]
    assert [clip["crop"] for clip in clips] == ["left", "center", "right"]
    assert [clip["box"][0] for clip in clips] == [0, 8, 16]


def test_anyones_model_is_made_fed_and_known_by_its_weights(inside, video):
    Path("mine.py").write_text(
        "from torch import nn\n"
        "class Net(nn.Module):\n"
        "    def __init__(self, classes=4):\n"
        "        super().__init__()\n"
        "        self.conv, self.fc = nn.Conv3d(3, 8, 3, stride=4, padding=1), nn.Linear(8, classes)\n"
        "    def forward(self, x):\n"
        "        return {'scores': self.fc(self.conv(x.transpose(1, 2)).relu().mean(dim=(2, 3, 4)))}\n"
    )
    given = (
        "--model",
        "mine.py:Net",
        "--model-arg",
        "classes=3",
        "--frames",
        "8",
        "--size",
        "32",
        "--input-layout",
        "BTCHW",
    )
    done = inside("gradcam", video, *given, "--trained")
    assert done.returncode == 4
    assert done.stderr.splitlines()[-1].endswith("--output scores")
    document = json.loads(
        inside(
            "gradcam", video, *given, "--trained", "--output", "scores", "--mean", "0.5", "--std", "0.5", "--json"
        ).stdout
    )
    assert document["manifest"]["model"]["trust"] == "trained"
    assert len(document["manifest"]["model"]["sha256"]) == 64
    assert document["manifest"]["maps"][0]["layer"] == "conv"


@pytest.mark.parametrize("command", ["gradcam", "filters", "predict", "probe", "models", "flops"])
def test_the_help_says_that_a_factory_runs_code(inside, command):
    assert "whose code is run" in " ".join(inside(command, "--help").stdout.split())


# --- whether a map can be believed ------------------------------------------------------------------------------------
TINY = ("--model", "dtf_net_motion", "--frames", "4", "--size", "32", "--stride", "1", "--faithfulness")


def test_a_map_is_tested_beside_random_ones_and_other_methods(inside, video):
    done = inside("gradcam", video, *TINY, "--compare", "layercam")
    assert done.returncode == 0
    folder = Path("dtfviz-out/walk/gradcam")
    assert (folder / "faithfulness.png").exists()
    (found,) = json.loads((folder / "manifest.json").read_text())["maps"]
    assert list(found["faithfulness"]["areas"]) == ["gradcam", "layercam"]
    assert "faithfulness.png" in found["files"]
    assert all(word in done.stdout for word in ("random map", "layercam", "UNTRAINED"))


def test_a_map_is_held_against_those_of_shuffled_weights_and_drawn_again(inside, video):
    done = inside("gradcam", video, *TINY[:-1], "--sanity")
    assert done.returncode == 0
    assert "a map that does not change says nothing" in done.stdout
    folder = Path("dtfviz-out/walk/gradcam")
    (found,) = json.loads((folder / "manifest.json").read_text())["maps"]
    assert found["files"][-1] == "sanity.png"
    assert (folder / "sanity.png").exists()
    assert found["sanity"]["parts"][0] == "fc"
    assert len(found["sanity"]["correlations"]) == len(found["sanity"]["parts"])
    assert inside("gradcam", video, *TINY[:-1], "--sanity").stdout.endswith("up to date\n")
    inside("draw", str(folder), "--format", "pdf", "--out", "again")
    assert Path("again/sanity.pdf").exists()


def test_methods_are_compared_over_a_folder(inside, video):
    Path("videos").mkdir()
    for name in ("a.mp4", "b.mp4"):
        Path("videos", name).write_bytes(Path(video).read_bytes())
    Path("videos/broken.mp4").write_bytes(b"nothing")
    done = inside("gradcam", "videos", *TINY, "--compare", "hirescam", "--json")
    assert "skipped: videos/broken.mp4" in done.stderr
    document = json.loads(done.stdout)
    assert [row["video"] for row in document["rows"]] == ["a.mp4", "b.mp4"]
    assert list(document["means"]) == ["gradcam", "hirescam", "random map"]
    folder = Path(document["folder"])
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [
        "faithfulness.csv",
        "faithfulness.json",
        "faithfulness.png",
        "manifest.json",
    ]
    assert inside("gradcam", "videos", *TINY, "--compare", "hirescam").stdout.endswith("up to date\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--faithfulness", "--whole"], "one layer and one clip"),
        (["--faithfulness", "--layer", "all"], "one layer and one clip"),
        (["--sanity", "--whole"], "sanity tests the map of one layer and one clip"),
        (["--compare", "layercam"], "--faithfulness"),
        (["--faithfulness", "--compare", "scorecam"], "thousands of times"),
        (
            ["--faithfulness", *(f"--compare={method}" for method in ("fem", "layercam", "hirescam", "xgradcam"))],
            "at most 4",
        ),
    ],
)
def test_what_cannot_be_tested_is_said_before_anything_is_run(inside, video, arguments, words):
    done = inside("gradcam", video, *SMALL, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert not Path("dtfviz-out").exists()
