"""Videos: what is in a file, found without decoding it, and the frames asked for, decoded in order and no further.

A video is a file that PyAV reads (GIFs too) or a folder of numbered images. Its frames are numbered in the order in
which they are shown, and each has its true time: variable frame rates keep theirs. Rotation from the file's metadata is
applied once.
"""

import hashlib
import os
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from dtfviz.core.errors import Try, VideoError
from dtfviz.core.media.clip import Picture, Video
from dtfviz.core.store.digest import hash_file

IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
FOLDER_FPS = 25.0  # a folder of images says nothing of time
UNREADABLE = (av.error.FFmpegError, OSError, ValueError, IndexError, MemoryError)


def open_video(path: str | os.PathLike[str]) -> Video:
    """Everything but the pictures; one of them is decoded, for its rotation."""
    path = Path(path)
    if path.is_dir():
        return open_folder(path)
    with reading(path) as (container, stream):
        packets = [packet for packet in container.demux(stream) if packet.size]
        shown = sorted(
            (packet.pts, packet.is_keyframe) for packet in packets if packet.pts is not None and not packet.is_discard
        )
        if not shown:
            raise VideoError(
                f"{path}: holds no frames",
                fact=f"its {stream.codec_context.name} stream is empty",
                hint=Try(("ffprobe", path)),
            )
        if stream.frames > len(packets):
            raise cut_short(path, f"it announces {stream.frames} frames and holds {len(packets)}")
        clock = stream.time_base or Fraction(1, 1000)
        times = tuple(float((stamp - shown[0][0]) * clock) for stamp, _ in shown)
        rate = float(stream.average_rate or 0) or (len(times) / times[-1] if times[-1] else FOLDER_FPS)
        codec = stream.codec_context.name
    with reading(path) as (container, stream):
        first = next(iter(container.decode(stream)), None)
        if first is None:
            raise VideoError(f"{path}: none of its {len(shown)} frames can be decoded", fact=f"codec {codec}")
        rotation = round(first.rotation / 90) * 90 % 360
        width, height = (first.height, first.width) if rotation % 180 else (first.width, first.height)
    stamps, keys = (
        tuple(stamp for stamp, _ in shown),
        tuple(number for number, (_, is_key) in enumerate(shown) if is_key),
    )
    return Video(path, hash_file(path), codec, width, height, rotation, rate, times, stamps, keys)


def open_folder(path: Path) -> Video:
    """Numbered images, in the order of their numbers."""
    images = sorted((file for file in path.iterdir() if file.suffix.lower() in IMAGES), key=natural)
    if not images:
        raise VideoError(
            f"{path}: is a folder without images",
            fact=f"images are {', '.join(IMAGES)}",
            hint="name a video or a folder of frames",
        )
    height, width = read_image(images[0]).shape[:2]
    digest = hashlib.sha256()
    for image in images:
        digest.update(image.name.encode() + image.read_bytes())
    times = tuple(number / FOLDER_FPS for number in range(len(images)))
    return Video(
        path, digest.hexdigest(), images[0].suffix[1:], width, height, 0, FOLDER_FPS, times, images=tuple(images)
    )


def decode(video: Video, wanted: Sequence[int]) -> Iterator[tuple[int, Picture]]:
    """The wanted frames with their numbers, each once, in order. Nothing is decoded past the last of them."""
    numbers = sorted(set(wanted))
    if video.images:
        yield from ((number, read_image(video.images[number], video)) for number in numbers)
        return
    left = {video.stamps[number]: number for number in numbers}
    with reading(video.path) as (container, stream):
        before = bisect_right(video.keyframes, numbers[0])
        start = video.keyframes[before - 1] if before else 0
        if start:  # exact: frames are known by their stamps, and decoding begins at or before the one sought
            container.seek(video.stamps[start], stream=stream, backward=True)
        for frame in container.decode(stream):
            number = left.pop(frame.pts, None) if frame.pts is not None else None
            if number is not None:
                yield number, upright(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), video.rotation)
            if not left:
                return
    raise cut_short(video.path, f"{len(numbers) - len(left)} of the {len(numbers)} frames asked for could be decoded")


def upright(picture: Picture, rotation: int) -> Picture:
    """Turned as the file's metadata says."""
    return np.ascontiguousarray(np.rot90(picture, rotation // 90))


# --- the parts --------------------------------------------------------------------------------------------------------
@contextmanager
def reading(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """A file and its first video stream; whatever is wrong with it becomes one error."""
    check_there(path)
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                held = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
                raise VideoError(
                    f"{path}: holds no video", fact=f"its streams are: {held}", hint=Try(("ffprobe", path))
                )
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise cut_short(path, "the codec of its video stream cannot be told")
            stream.thread_type = "AUTO"
            yield container, stream
    except UNREADABLE as error:
        fact = (str(error).splitlines() or [type(error).__name__])[0]
        raise VideoError(f"{path}: cannot be read as a video", fact=fact, hint=Try(("ffprobe", path))) from error


def check_there(path: Path) -> None:
    """An error for a file that cannot be opened."""
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise VideoError(
            f"{path}: cannot be opened", fact=error.strerror or str(error), hint=Try(("ls", "-l", path))
        ) from error


def cut_short(path: Path, fact: str) -> VideoError:
    """The error for a file that holds less than it announces."""
    return VideoError(
        f"{path}: is damaged or cut short",
        fact=fact,
        hint=Try(("ffmpeg", "-i", path, "-c", "copy", f"repaired{path.suffix}")),
    )


def read_image(path: Path, like: Video | None = None) -> Picture:
    """A frame of a folder, in RGB."""
    try:
        stored = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error) as error:  # OpenCV's are about empty files and pictures beyond its limits
        fact = error.strerror if isinstance(error, OSError) else str(error).strip()
        raise VideoError(
            f"{path}: cannot be read as an image", fact=fact or "", hint=Try(("ls", "-l", path))
        ) from error
    if stored is None:
        raise VideoError(f"{path}: cannot be read as an image", hint=Try(("file", path)))
    if like is not None and stored.shape[:2] != (like.height, like.width):
        size = f"{stored.shape[1]} x {stored.shape[0]}"
        raise VideoError(f"{path}: is {size} pixels, the first image of the folder {like.width} x {like.height}")
    return np.asarray(cv2.cvtColor(stored, cv2.COLOR_BGR2RGB), np.uint8)


def natural(path: Path) -> list[tuple[int, str]]:
    """Frame 10 after frame 9."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name)]
