"""What is no regular file is said at once: nothing here may wait for a byte."""

import os
import socket
from pathlib import Path

import pytest

from dtfviz.core.errors import CheckpointError, InputError, VideoError
from dtfviz.core.learning.datasets import read_list
from dtfviz.core.media.video import open_video
from dtfviz.core.models.loading.labels import read_names
from dtfviz.core.store.checkpoint import read_checkpoint
from dtfviz.core.store.files import check_file, list_folder, read_text


def pipe(path):
    os.mkfifo(path)


def plug(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


NO_FILES = {
    "a pipe": pipe,
    "a socket": plug,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a folder": Path.mkdir,
}
READERS = {
    "a video": (open_video, VideoError),
    "a checkpoint": (read_checkpoint, CheckpointError),
    "a file of class names": (read_names, InputError),
    "a list of videos": (read_list, InputError),
}


@pytest.mark.parametrize("kind", NO_FILES)
@pytest.mark.parametrize("what", READERS)
def test_whatever_is_no_regular_file_is_refused_by_its_kind(tmp_path, kind, what):
    (read, error), path = READERS[what], tmp_path / "it"
    NO_FILES[kind](path)
    if (kind, what) == ("a folder", "a video"):
        path = path / "nothing.png"  # a folder may be a video: a frame may not
        path.mkdir()
        read, what = (lambda path: open_video(path.parent)), "a frame"
    with pytest.raises(error, match=f"{path.name}: is {kind}; {what} is a regular file"):
        read(path)


@pytest.mark.parametrize("kind", ["a pipe", "a socket", "a device"])
def test_so_is_a_frame_of_a_folder(tmp_path, kind):
    NO_FILES[kind](tmp_path / "1.png")
    with pytest.raises(VideoError, match=f"1.png: is {kind}; a frame is a regular file"):
        open_video(tmp_path)


@pytest.mark.parametrize(
    ("name", "reason"), [("x" * 300, "File name too long"), ("nowhere", "No such file"), ("a\0b", "null byte")]
)
@pytest.mark.parametrize("what", READERS)
def test_names_that_no_file_has_are_errors_that_say_why(tmp_path, what, name, reason):
    read, error = READERS[what]
    with pytest.raises(error, match=f"cannot be opened; .*{reason}"):
        read(tmp_path / name)


def test_what_may_not_be_opened_says_so(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(InputError, match="file: cannot be opened; Permission denied"):
        check_file(tmp_path / "file", "a list")
    with pytest.raises(InputError, match="cannot be opened; Permission denied"):
        list_folder(tmp_path)


def test_text_is_utf_8(tmp_path):
    (tmp_path / "file").write_bytes(b"\xff")
    with pytest.raises(InputError, match="file: cannot be read as a list; 'utf-8' codec"):
        read_text(tmp_path / "file", "a list")
