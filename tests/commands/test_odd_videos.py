"""One odd video costs its own row and is named: never the run, whatever is wrong with it."""

import json
from pathlib import Path

import pytest
import torch
from odd import BY_CLIP, READ, UNREAD, write_odd

from dtfviz import cli

SMALL = ("--model", "dtf_net_motion", "--frames", "4", "--size", "16")
MODEL = (*SMALL, "--stride", "1")
SAID = {name: words for name, (_, words) in (UNREAD | BY_CLIP).items()}


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """Of one class, which a model knows by the names beside."""
    place = tmp_path_factory.mktemp("odd")
    write_odd(place / "videos" / "odd")
    (place / "names.txt").write_text("odd\n" + "".join(f"class {number}\n" for number in range(13)))
    return place


@pytest.fixture(autouse=True)
def place(videos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield tmp_path
    torch.set_num_threads(before)


def assert_named(skipped, names):
    """Each with what is wrong with it."""
    found = {name.rpartition("odd/")[2]: words for name, words in skipped.items()}
    assert sorted(found) == sorted(names)
    for name, words in found.items():
        assert SAID[name] in words


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_evaluation_goes_on(inside, videos, workers):
    asked = ("--labels", str(videos / "names.txt"), "--workers", workers)
    done = inside("evaluate", str(videos / "videos"), *MODEL, *asked, "--out", "here")
    assert done.returncode == 0
    numbers = json.loads(Path("here/evaluation.json").read_text())
    assert_named({one["name"]: one["reason"] for one in numbers["failed"]}, [*UNREAD, "sizes.ts", "short.mp4"])
    assert numbers["read"] == len(READ) + 1  # of the narrow one the middle


def test_a_training_goes_on(inside, videos):
    asked = ("--batch", "4", "--workers", "0", "--epochs", "2")
    done = inside("train", str(videos / "videos"), *SMALL, *asked, "--out", "here")
    assert done.returncode == 0
    skipped = json.loads(Path("here/manifest.json").read_text())["training"]["skipped"]
    named = {Path(name).name for name in skipped}
    assert {*UNREAD, "narrow.mp4"} <= named <= {*UNREAD, "narrow.mp4", "sizes.ts"}  # clips are taken from anywhere


def test_a_survey_goes_on(inside, videos):
    done = inside("temporal-tests", str(videos / "videos"), "--shuffles", "2", *MODEL, "--out", "here")
    assert done.returncode == 0
    assert_named(json.loads(Path("here/manifest.json").read_text())["skipped"], [*UNREAD, "sizes.ts", "short.mp4"])


def test_a_comparison_of_methods_goes_on(inside, videos, place):
    """On a few of them: each that can be read takes seconds."""
    for name in ("pairs.mkv", "sizes.ts", "pipe.mp4", "gone.mp4", "image pipe"):
        (place / "few" / "odd").mkdir(parents=True, exist_ok=True)
        (place / "few" / "odd" / name).symlink_to(videos / "videos" / "odd" / name)
    done = inside("gradcam", "few", "--faithfulness", *MODEL, "--out", "here")
    assert done.returncode == 0
    skipped = json.loads(Path("here/manifest.json").read_text())["skipped"]
    assert_named(skipped, ["sizes.ts", "pipe.mp4", "gone.mp4", "image pipe"])


@pytest.mark.parametrize("name", UNREAD)
def test_alone_it_is_an_error_of_the_input(videos, capsys, name):
    path = videos / "videos" / "odd" / name
    assert cli.run(["probe", str(path)]) == 3
    assert SAID[name] in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize("command", ["probe", "predict", "gradcam", "temporal-tests"])
def test_where_a_frame_has_another_size_clips_before_it_can_be_used(inside, videos, command):
    path = str(videos / "videos" / "odd" / "sizes.ts")
    folder = ("--out", "here") if command in ("gradcam", "temporal-tests") else ()
    across, before = (inside(command, path, *MODEL, "--start", start, *folder) for start in ("18", "16"))
    assert (across.returncode, before.returncode) == (3, 0)
    assert "frame 20 (0.80 s) is 96 x 64 pixels, the first frame 64 x 48" in across.stderr


@pytest.mark.parametrize("command", [("predict",), ("probe",), ("receptive-field", "--video")])
def test_an_empty_name_is_no_bundled_video(inside, command):
    """As a shell makes one of a variable that is not set."""
    done = inside(*command, "")
    assert done.returncode == 3
    assert "is a folder without images" in done.stderr
