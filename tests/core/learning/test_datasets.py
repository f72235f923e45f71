import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from videos import picture, write_video

from dtfviz.core.errors import InputError
from dtfviz.core.learning import datasets
from dtfviz.core.learning.datasets import HELD_OUT, SEEDS, MotionSet, find_videos, read_folder, read_list, training_seed
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling


@pytest.fixture
def videos(tmp_path):
    """Two classes, one of them with a folder of images and a file that is no video; paths with spaces."""
    for name in ("wave/two words.mp4", "wave/9.mp4", "wave/10.mp4", "clap/a.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_video(tmp_path / name, 3)
    (tmp_path / "clap/frames").mkdir()
    cv2.imwrite(str(tmp_path / "clap/frames/1.png"), picture(1))
    (tmp_path / "clap/notes.txt").write_text("no video")
    (tmp_path / ".cache").mkdir()
    return tmp_path


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


def test_seeds_of_training_and_of_held_out_clips_never_meet():
    assert training_seed(0, 0) == 0
    assert training_seed(0, SEEDS - 1) < training_seed(1, 0)
    assert training_seed(SEEDS - 1, SEEDS - 1) < HELD_OUT
    assert HELD_OUT + SEEDS < 1 << 63  # what any generator of random numbers takes as a seed


def test_held_out_motion_is_drawn_anew_and_the_same_and_takes_the_classes_in_turn():
    data = MotionSet(30, frames=4, size=16)
    labels = [data.label(index) for index in range(len(data))]
    assert np.bincount(labels).tolist() == [3, 3, *[2] * 12]
    assert data.motion(15).label == data.label(15) == data.classes.index(data.name(15).rpartition("-")[0])
    one, again, other = data.clip(15), data.clip(15), data.clip(16)
    assert np.array_equal(one.frames, again.frames)
    assert one.video.sha256 == again.video.sha256 != other.video.sha256
    assert one.frames.shape == (4, 16, 16, 3)
    assert (len(one.video), one.video.width, one.box.height, one.indices) == (4, 16, 16, (0, 1, 2, 3))


def test_another_generator_makes_another_set(monkeypatch):
    facts = MotionSet(3).facts()
    assert MotionSet(3).facts() == facts
    real = datasets.draw_motion

    def brighter(*asked, **more):
        motion = real(*asked, **more)
        return replace(motion, frames=motion.frames | 1)

    monkeypatch.setattr(datasets, "draw_motion", brighter)
    assert MotionSet(3).facts() != facts


def test_a_list_line_is_a_path_that_may_hold_spaces_a_count_and_a_label(videos):
    data = read_list(
        write(videos / "train.txt", "wave/two words.mp4 3 0", "", f"  {videos}/clap/a.mp4 300 4  ", "clap/frames 1 2")
    )
    assert [path.relative_to(videos) for path in map(data.path, range(3))] == [
        Path("wave/two words.mp4"), Path("clap/a.mp4"), Path("clap/frames")
    ]  # fmt: skip
    assert [data.label(index) for index in range(3)] == [0, 4, 2]
    assert (len(data), data.num_classes, data.classes) == (3, 5, None)
    assert read_clip(data.path(0), Sampling(3), 16).frames.shape == (3, 16, 16, 3)


def test_paths_of_a_list_are_relative_to_the_root_that_is_given(videos, tmp_path):
    listed = write(tmp_path / "clap" / "train.txt", "a.mp4 3 0")
    assert read_list(listed).path(0) == videos / "clap" / "a.mp4"
    assert read_list(write(listed, "9.mp4 3 0"), root=videos / "wave").path(0) == videos / "wave" / "9.mp4"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "lists no videos"),
        (["   ", ""], "lists no videos"),
        (["clap/a.mp4 3 0", "clap/b.mp4 3 1"], "line 2: .*clap/b.mp4 does not exist"),
        (["clap/a.mp4 3 0", "", "clap/a.mp4 3 7"], "line 3: label 7 is out of range, the classes are 0 to 4"),
        (["clap/a.mp4 3 -1"], "line 1: 'clap/a.mp4 3 -1' is not a path, its number of frames and a label"),
        (["clap/a.mp4 3"], "line 1: .* is not a path"),
        (["clap/a.mp4 three 0"], "line 1: .* is not a path"),
        (["clap/a.mp4 3 ²"], "line 1: .* is not a path"),
        (["clap/a.mp4 ² 3"], "line 1: .* is not a path"),
        (["clap/a.mp4 3 " + "9" * 5000], "line 1: .* is not a path"),
        (["clap/a.mp4 3 0", "x" * 300 + ".mp4 3 0"], "line 2: .*xx.mp4 does not exist"),
        (["clap/a.mp4 3 0", "a\0b.mp4 3 0"], "line 2: .* does not exist"),
    ],
)
def test_errors_of_a_list_name_the_line_before_any_video_is_read(videos, lines, words):
    with pytest.raises(InputError, match=words) as caught:
        read_list(write(videos / "train.txt", *lines), num_classes=5)
    assert caught.value.fact


def test_a_label_beyond_any_number_of_classes_is_wrong(videos):
    with pytest.raises(InputError, match="line 1: label 999999999 is out of range, the classes are 0 to 99999"):
        read_list(write(videos / "train.txt", "clap/a.mp4 3 999999999"))
    assert read_list(write(videos / "train.txt", "clap/a.mp4 3 99999")).num_classes == 100_000


def test_all_lines_are_checked_and_the_first_wrong_one_is_named(videos):
    lines = ["clap/a.mp4 3 0", "nowhere.mp4 3 0", "clap/a.mp4 3 0", "elsewhere.mp4 3 0"]
    with pytest.raises(InputError, match=re.escape("line 2:")) as caught:
        read_list(write(videos / "train.txt", *lines))
    assert caught.value.fact == "2 of 4 lines are wrong"


@pytest.mark.parametrize("read", [read_list, read_folder])
def test_what_is_not_there_is_said_to_be_missing(tmp_path, read):
    with pytest.raises(InputError, match="nowhere: cannot be opened"):
        read(tmp_path / "nowhere")


def test_a_list_that_is_no_text_is_said_to_be_none(tmp_path):
    (tmp_path / "video.mp4").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(InputError, match="cannot be read as a list of videos"):
        read_list(tmp_path / "video.mp4")


def test_a_folder_has_a_class_a_sub_folder_and_its_videos_in_order(videos):
    data = read_folder(videos)
    assert data.classes == ("clap", "wave")
    names = [(data.path(index).relative_to(videos).as_posix(), data.label(index)) for index in range(len(data))]
    assert names == [
        ("clap/a.mp4", 0),
        ("clap/frames", 0),
        ("wave/9.mp4", 1),
        ("wave/10.mp4", 1),
        ("wave/two words.mp4", 1),
    ]


def test_a_folder_without_classes_or_a_class_without_videos_is_an_error(videos):
    with pytest.raises(InputError, match="no folders of classes"):
        read_folder(videos / "wave")
    (videos / "empty").mkdir()
    with pytest.raises(InputError, match="empty: holds no videos"):
        read_folder(videos)


def test_the_facts_of_a_set_change_with_what_it_holds(videos):
    facts = read_folder(videos).facts()
    assert read_folder(videos).facts() == facts
    write_video(videos / "clap/a.mp4", 4)
    assert read_folder(videos).facts() != facts


def test_videos_are_found_in_a_folder_and_its_sub_folders(videos):
    write_video(videos / "10.mp4", 4)
    write_video(videos / "9.mp4", 4)
    (videos / "empty").mkdir()
    found = [(one.name, one.group) for one in find_videos(videos)]
    inside = [
        ("clap/a.mp4", "clap"),
        ("clap/frames", "clap"),
        ("wave/9.mp4", "wave"),
        ("wave/10.mp4", "wave"),
        ("wave/two words.mp4", "wave"),
    ]
    assert found == [("9.mp4", ""), ("10.mp4", ""), *inside]
    with pytest.raises(InputError, match="empty: holds no videos"):
        find_videos(videos / "empty")


def refusing(*names):
    """A system that does not let us look into folders of these names."""
    real = Path.iterdir

    def iterdir(path):
        if path.name in names:
            raise PermissionError(13, "Permission denied")
        return real(path)

    return iterdir


def test_folders_that_cannot_be_looked_into_are_named(videos, monkeypatch):
    monkeypatch.setattr(Path, "iterdir", refusing("clap"))
    for read in (read_folder, lambda path: find_videos(path / "clap")):
        with pytest.raises(InputError, match="clap: cannot be opened; Permission denied"):
            read(videos)
    assert not datasets.holds_videos(str(videos / "clap"))  # its reader says why


def test_in_a_folder_of_videos_they_are_one_that_cannot_be_read(videos, monkeypatch):
    monkeypatch.setattr(Path, "iterdir", refusing("clap"))
    found = find_videos(videos)
    assert [one.name for one in found] == ["clap", "wave/9.mp4", "wave/10.mp4", "wave/two words.mp4"]
    with pytest.raises(InputError, match="clap: cannot be opened; Permission denied"):
        read_clip(found[0].path)


def test_a_set_whose_video_has_gone_still_has_its_facts(videos):
    data = read_folder(videos)
    facts = data.facts()
    (videos / "clap/a.mp4").unlink()
    assert data.facts() != facts
