"""Forty videos that no one would make on purpose, each under its name; a few are no videos at all."""

import os
import socket
import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
from videos import picture, turn, write_audio, write_video

COUNT = 12


def stamped(path: Path, ticks: Sequence[int], codec: str = "ffv1") -> Path:
    return write_video(path, len(ticks), codec=codec, ticks=ticks)


def joined(path: Path, *sizes: tuple[int, int]) -> Path:
    """Transport streams one after another: their stamps begin again, and their pictures may change."""
    parts = [write_video(path.with_name(f"part{k}.ts"), 8, size=size) for k, size in enumerate(sizes)]
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    for part in parts:
        part.unlink()
    return path


def cut(path: Path, share: float) -> Path:
    data = write_video(path, COUNT).read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def turned_askew(path: Path) -> Path:
    """By no quarter turn, and sheared."""
    data = bytearray(write_video(path, COUNT).read_bytes())
    at = data.index(b"tkhd") + 44
    data[at : at + 36] = struct.pack(">9i", *range(1 << 14, 10 << 14, 1 << 14))
    path.write_bytes(data)
    return path


def two_streams(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("mpeg4", rate=25) for _ in range(2)]
        for stream, width in zip(streams, (64, 32), strict=True):
            stream.width, stream.height, stream.pix_fmt = width, 48, "yuv420p"
        for number in range(COUNT):
            for stream in streams:
                frame = av.VideoFrame.from_ndarray(picture(number, stream.width), format="rgb24")
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode())
    return path


def header_alone(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()
    return path


def slow(path: Path) -> Path:
    """A frame in a quarter of an hour."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(1, 1000))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(COUNT):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(number), format="rgb24")))
        container.mux(stream.encode())
    return path


# --- folders of frames ------------------------------------------------------------------------------------------------
def frames(path: Path, sizes: Sequence[tuple[int, int]] = ((64, 48),) * COUNT) -> Path:
    path.mkdir()
    for number, size in enumerate(sizes):
        cv2.imwrite(str(path / f"{number}.png"), picture(number, *size))
    return path


def frames_and(path: Path, add: Callable[[Path], object]) -> Path:
    """With one more, of another kind."""
    add(frames(path) / "5.png.png")
    return path


def bomb(path: Path) -> None:
    """A picture that says that it is 60,000 pixels wide and high."""
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBBI", 13, b"IHDR", 60000, 60000, 8, 2, 0, 0, 0, 0))


def bind(path: Path) -> Path:
    """A socket; their names are short."""
    here = Path.cwd()
    os.chdir(path.parent)
    socket.socket(socket.AF_UNIX).bind(path.name)
    os.chdir(here)
    return path


def link(path: Path, target: str) -> Path:
    path.symlink_to(target)
    return path


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


ODD: dict[str, Callable[[Path], Path]] = {
    "twice.mkv": lambda path: stamped(path, [number // 2 * 40 for number in range(COUNT)]),
    "at_once.mkv": lambda path: stamped(path, [0] * COUNT),
    "joined.ts": lambda path: joined(path, (64, 48), (64, 48)),
    "grown.ts": lambda path: joined(path, (64, 48), (96, 80)),
    "shrunk.ts": lambda path: joined(path, (96, 80), (32, 16), (64, 48)),
    "gap.mkv": lambda path: stamped(path, [*range(0, 240, 40), *range(400_000_000, 400_000_240, 40)]),
    "late.mkv": lambda path: stamped(path, range(2**40, 2**40 + 480, 40)),
    "early.nut": lambda path: stamped(path, range(-5000, -4520, 40), "mpeg4"),
    "uneven.mkv": lambda path: stamped(path, [number**3 for number in range(COUNT)]),
    "hasty.mkv": lambda path: stamped(path, range(COUNT)),
    "thin.mkv": lambda path: write_video(path, COUNT, codec="ffv1", size=(3, 7000), pix_fmt="bgr0"),
    "flat.mkv": lambda path: write_video(path, COUNT, codec="ffv1", size=(7000, 3), pix_fmt="bgr0"),
    "dot.mkv": lambda path: write_video(path, COUNT, codec="ffv1", size=(1, 1), pix_fmt="bgr0"),
    "small.mp4": lambda path: write_video(path, COUNT, size=(2, 2)),
    "one.mp4": lambda path: write_video(path, 1),
    "two.mp4": lambda path: write_video(path, 2),
    "none.avi": header_alone,
    "empty.mp4": lambda path: written(path, b""),
    "text.mp4": lambda path: written(path, b"not a video\n" * 50),
    "zeros.mkv": lambda path: written(path, bytes(5000)),
    "sound.mp4": write_audio,
    "half.mp4": lambda path: cut(path, 0.5),
    "half.mkv": lambda path: cut(path, 0.6),
    "headless.ts": lambda path: cut(path, 0.3),
    "deep.mkv": lambda path: write_video(path, COUNT, codec="ffv1", pix_fmt="gray16le"),
    "ten.mp4": lambda path: write_video(path, COUNT, pix_fmt="yuv444p10le"),
    "clear.mov": lambda path: write_video(path, COUNT, codec="qtrle", pix_fmt="argb"),
    "colours.gif": lambda path: write_video(path, COUNT, codec="gif", pix_fmt="rgb8"),
    "turned.mp4": lambda path: turn(write_video(path, COUNT), 90),
    "askew.mp4": turned_askew,
    "pair.mkv": two_streams,
    "slow.mkv": slow,
    "sizes": lambda path: frames(path, [(64, 48)] * 6 + [(32, 48)] * 6),
    "folder_within": lambda path: frames_and(path, Path.mkdir),
    "dangling": lambda path: frames_and(path, lambda file: file.symlink_to("nowhere")),
    "bomb": lambda path: frames_and(path, bomb),
    "pipe_within": lambda path: frames_and(path, os.mkfifo),
    "pipe.mp4": pipe,
    "endless.mp4": lambda path: link(path, "/dev/zero"),
    "socket.mp4": bind,
    "loop.mp4": lambda path: link(path, "loop.mp4"),
    "nowhere.mp4": lambda path: link(path, "nowhere"),
    "²٣.mp4": lambda path: write_video(path, COUNT),
    "no_frames": lambda path: frames(path, ()),
}
