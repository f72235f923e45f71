import json
from pathlib import Path

import numpy as np
import pytest

from dtfviz.core.media import motion
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling

SMALL = ("--size", "64", "--seed", "3")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_commands_classes_are_the_generators():
    assert tuple(motion.RUNS) == motion.CLASSES


def test_a_clip_is_written_once_and_says_what_it_shows(inside):
    first = inside("motion", "--class", "move-left", *SMALL, "-o", "clips/left.mp4")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith("move-left, seed 3, difficulty 0.4: 48 frames of 64 x 64 pixels, 24 a second\n")
    assert first.stdout.endswith("clips/left.mp4: written\n")
    assert inside("motion", "--class", "move-left", *SMALL, "-o", "clips/left.mp4").stdout.endswith(
        "clips/left.mp4: up to date\n"
    )
    assert [path.name for path in Path("clips").iterdir()] == ["left.mp4"]


def test_what_is_read_back_is_what_was_drawn(inside):
    document = json.loads(
        inside("motion", "--class", "zoom-in", *SMALL, "--fps", "30", "-o", "in.mp4", "--json").stdout
    )
    drawn = motion.draw_motion(motion.class_index("zoom-in"), 3, frames=48, size=64)
    assert (document["class"], document["state"], document["path"]) == ("zoom-in", "written", drawn.path.tolist())
    clip = read_clip("in.mp4", Sampling(frames=16, stride=3), 64)
    assert (len(clip.video), clip.video.fps) == (48, pytest.approx(30))
    assert (
        np.abs(clip.frames.astype(int) - drawn.frames[1::3]).mean() < 6
    )  # 4:2:0 and the codec; noise alone has a mean of 2.7


def test_without_a_class_the_seed_draws_one(inside):
    document = json.loads(inside("motion", *SMALL, "--frames", "4", "-o", "any.mp4", "--json").stdout)
    assert document["class"] == motion.CLASSES[motion.draw_motion(None, 3, size=16).label]


def test_another_clip_replaces_a_file_only_when_asked(inside):
    Path("there.mp4").write_text("mine")
    wanted = ("motion", "--class", "jitter", *SMALL, "--frames", "4", "-o", "there.mp4")
    done = inside(*wanted)
    assert (done.returncode, done.stdout, Path("there.mp4").read_text()) == (7, "", "mine")
    assert done.stderr.splitlines()[-1] == f"  try: dtfviz {' '.join(wanted)} --overwrite"
    assert inside(*wanted, "--overwrite").stdout.endswith("there.mp4: written\n")
    assert inside(*wanted).stdout.endswith("there.mp4: up to date\n")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--class", "mvoe-left", "-o", "a.mp4"], 2, "did you mean move-left?"),
        (["--class", "nothing-like-it", "-o", "a.mp4"], 2, "the classes are static, move-left"),
        (["--difficulty", "2", "-o", "a.mp4"], 2, "it goes from 0 to 1"),
        (["-o", "a.avi"], 2, "a clip is an mp4"),
        (["-o", "file/a.mp4"], 7, "cannot be written"),
        ([], 2, "--out"),
    ],
)
def test_errors_write_nothing(inside, arguments, code, words):
    Path("file").write_text("in the way")
    done = inside("motion", "--size", "32", "--frames", "2", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert [path.name for path in Path().iterdir()] == ["file"]
