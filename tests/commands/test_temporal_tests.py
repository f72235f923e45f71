import csv
import json
import shutil
from pathlib import Path

import pytest
from videos import write_video

from dtfviz.core.jobs import temporal_tests as job

SMALL = ("--model", "dtf_net_motion", "--frames", "8", "--size", "32", "--stride", "1", "--shuffles", "2")


@pytest.fixture
def video(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return str(write_video(tmp_path / "walk.mp4", 30))


@pytest.fixture
def folder(tmp_path, video):
    """Two videos, one of them in a folder of its own, frames of a third, and one that is no video."""
    (tmp_path / "videos" / "static").mkdir(parents=True)
    shutil.copy(video, tmp_path / "videos" / "a.mp4")
    shutil.copy(video, tmp_path / "videos" / "static" / "b.mp4")
    (tmp_path / "videos" / "broken.mp4").write_bytes(b"nothing")
    return "videos"


def test_one_video_gives_a_sheet_its_numbers_and_a_manifest(inside, video):
    done = inside("temporal-tests", video, *SMALL)
    assert done.returncode == 0
    assert "UNTRAINED" in done.stderr
    assert "dtf_net_motion, UNTRAINED; 8 frames" in done.stdout
    place = Path("dtfviz-out/walk/temporal-tests")
    assert sorted(path.name for path in place.iterdir() if path.is_file()) == [
        "manifest.json",
        "temporal_tests.json",
        "temporal_tests.png",
    ]
    document = json.loads(inside("temporal-tests", video, *SMALL, "--json").stdout)
    assert (document["state"], document["trust"]) == ("up to date", "UNTRAINED")
    assert [len(effect["kl"]) for effect in document["effects"]] == [2, 1, 1, 1, 1]


def test_a_folder_gives_a_row_a_video_and_names_what_cannot_be_read(inside, folder):
    done = inside("temporal-tests", folder, *SMALL, "--json")
    assert done.returncode == 0
    assert "skipped: videos/broken.mp4" in done.stderr
    document = json.loads(done.stdout)
    assert [row["video"] for row in document["rows"]] == ["a.mp4", "static/b.mp4"]
    place = Path(document["folder"])
    assert sorted(path.name for path in place.iterdir() if path.is_file()) == [
        "manifest.json",
        "temporal_tests.json",
        "temporal_tests.png",
        "videos.csv",
    ]
    with (place / "videos.csv").open(newline="") as file:
        assert [row["video"] for row in csv.DictReader(file)] == ["a.mp4", "static/b.mp4", "broken.mp4"]
    assert list(json.loads((place / "manifest.json").read_text())["skipped"]) == ["broken.mp4"]
    assert "2 videos, 1 could not be analysed" in inside("temporal-tests", folder, *SMALL).stdout


def test_a_run_that_was_stopped_goes_on_where_it_was(inside, folder, monkeypatch):
    tested, real = [], job.temporal_tests

    def stop_at_the_second(model, clip, *given, **named):
        tested.append(clip.video.path.name)
        if len(tested) == 2:
            raise KeyboardInterrupt
        return real(model, clip, *given, **named)

    monkeypatch.setattr(job, "temporal_tests", stop_at_the_second)
    assert inside("temporal-tests", folder, *SMALL).returncode == 130
    (ledger,) = Path("dtfviz-out/videos/temporal-tests").glob(".dtfviz-unfinished-*/rows.jsonl")
    ledger.write_text(ledger.read_text() + '\n{"name": "static/b.mp4", "ro')  # as a kill may leave it
    done = inside("temporal-tests", folder, *SMALL)
    assert "1 of 3 videos were done before" in done.stderr
    assert tested == ["a.mp4", "b.mp4", "b.mp4"]
    assert not ledger.parent.exists()


def test_a_sub_folder_named_after_a_class_is_what_its_videos_show(inside, folder):
    Path("names.txt").write_text("\n".join(f"class {n}" if n else "static" for n in range(14)))
    document = json.loads(inside("temporal-tests", folder, *SMALL, "--labels", "names.txt", "--json").stdout)
    assert document["rows"][1]["aim"]["label"] == "static"
    assert document["rows"][0]["aim"] == document["rows"][0]["top"]


def test_a_folder_of_which_nothing_can_be_read_is_an_error(inside, folder):
    done = inside("temporal-tests", folder, *SMALL[:2], "--frames", "64", "--size", "32")
    assert done.returncode == 3
    assert "none of the 3 videos can be analysed" in done.stderr
    assert not list(Path("dtfviz-out").rglob("manifest.json"))


def test_a_folder_of_images_is_one_video(inside, video):
    import cv2
    import numpy as np

    Path("frames").mkdir()
    for number in range(8):
        cv2.imwrite(f"frames/{number}.png", np.full((32, 32, 3), 30 * number, np.uint8))
    assert "8 frames" in inside("temporal-tests", "frames", *SMALL).stdout


def test_anyones_model_is_tested_too(inside, video):
    Path("mine.py").write_text(
        "from torch import nn\n"
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.conv, self.fc = nn.Conv3d(3, 8, (1, 3, 3), stride=(1, 4, 4)), nn.Linear(8, 4)\n"
        "    def forward(self, x):\n"
        "        return self.fc(self.conv(x).relu().mean(dim=(2, 3, 4)))\n"
    )
    asked = ("--model", "mine.py:Net", "--trained", "--frames", "8", "--size", "32", "--shuffles", "2")
    document = json.loads(inside("temporal-tests", video, *asked, "--json").stdout)
    shuffled = document["effects"][0]
    assert document["trust"] == "trained"
    assert shuffled["mean"] == {"kl": 0, "flips": 0, "log_change": 0, "weights": 0}  # it takes frames one by one
