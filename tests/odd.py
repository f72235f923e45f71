"""A folder of one class whose videos are odd, each in its way: some can be read all the same, the others are named."""

import os
import socket
from pathlib import Path

import cv2
from videos import picture, write_audio, write_video

COUNT = 40
EVEN = [40 * number for number in range(COUNT)]


def join(path: Path, *parts: Path) -> None:
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    for part in parts:
        part.unlink(missing_ok=True)


def images(path: Path) -> Path:
    """Frames of a folder, to which an odd one is added."""
    path.mkdir()
    for number in range(COUNT):
        cv2.imwrite(str(path / f"{number}.png"), picture(number))
    return path


def twice(path: Path) -> None:
    join(path, *(write_video(path.with_suffix(f".{part}.ts"), COUNT // 2) for part in range(2)))


def sizes(path: Path) -> None:
    """Another size from the middle on."""
    first = write_video(path.with_suffix(".1.ts"), COUNT // 2)
    later = EVEN[COUNT // 2 :]
    join(path, first, write_video(path.with_suffix(".2.ts"), COUNT // 2, size=(96, 64), ticks=later))


def cut(path: Path) -> None:
    data = write_video(path, COUNT).read_bytes()
    path.write_bytes(data[: len(data) // 2])


def plug(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(path.parent)  # names of sockets are short
        one.bind(path.name)
        os.chdir(here)


# what they are called -> how they are written
READ = {
    "good.mp4": lambda path: write_video(path, COUNT),
    "pairs.mkv": lambda path: write_video(path, COUNT, ticks=[tick // 80 * 80 for tick in EVEN]),
    "twice.ts": twice,
    "still.mkv": lambda path: write_video(path, COUNT, ticks=[0] * COUNT),
    "pauses.mkv": lambda path: write_video(path, COUNT, ticks=[tick**2 for tick in EVEN]),
    "bare.avi": lambda path: write_video(path, COUNT, options={"bf": "3"}),
}
UNREAD = {
    "text.mp4": (lambda path: path.write_text("no video"), "cannot be read as a video"),
    "empty.mp4": (lambda path: path.write_bytes(b""), "cannot be read as a video"),
    "cut.mp4": (cut, "cannot be read as a video"),
    "sound.mp4": (write_audio, "holds no video"),
    "gap.mkv": (
        lambda path: write_video(path, COUNT, ticks=[tick + 10**8 * (tick > 800) for tick in EVEN]),
        "27.8 hours apart",
    ),
    "pipe.mp4": (os.mkfifo, "is a pipe"),
    "socket.mp4": (plug, "is a socket"),
    "zero.mp4": (lambda path: path.symlink_to("/dev/zero"), "is a device"),
    "gone.mp4": (lambda path: path.symlink_to("nowhere"), "cannot be opened"),
    "image gone": (lambda path: (images(path) / "x.png").symlink_to("nowhere.png"), "x.png: cannot be opened"),
    "image folder": (lambda path: (images(path) / "x.png").mkdir(), "x.png: is a folder"),
    "image pipe": (lambda path: os.mkfifo(images(path) / "x.png"), "x.png: is a pipe"),
}
BY_CLIP = {  # what some clips can be read of
    "sizes.ts": (sizes, "is 96 x 64 pixels, the first frame 64 x 48"),
    "short.mp4": (lambda path: write_video(path, 2), "too few"),
    "narrow.mp4": (lambda path: write_video(path, COUNT, size=(4, 400)), "too narrow"),
}


def write_odd(folder: Path) -> Path:
    """All of them."""
    folder.mkdir(parents=True)
    for name, write in READ.items():
        write(folder / name)
    for name, (write, _) in (UNREAD | BY_CLIP).items():
        write(folder / name)
    return folder
