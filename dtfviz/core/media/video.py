"""Videos: what is in a file, found without decoding it, and the frames asked for, decoded in order and no further.

A video is a file that PyAV reads (GIFs too) or a folder of numbered images. Its frames are numbered in the order in
which they are shown, and each has its true time: variable frame rates keep theirs. Rotation from the file's metadata is
applied once.
"""

import os
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame

from dtfviz.core.errors import Try, VideoError
from dtfviz.core.media import stamps
from dtfviz.core.media.clip import Picture, Video
from dtfviz.core.media.container import USUAL_RATE, cut_short, read_held, read_shape, reading, turned
from dtfviz.core.media.folder import open_folder, read_image
from dtfviz.core.store.files import check_file

AGREED = 0.2  # relative difference of two rates that may both be right: of some files one counts the last frame's time
LONGEST_PAUSE = 6 * 3600.0  # seconds between two frames: an mp4 of 90,000 ticks a second holds no more than 6.6 hours


def open_video(path: str | os.PathLike[str]) -> Video:
    """Everything but the pictures; one of them is decoded, for its rotation."""
    path = Path(path)
    return open_folder(path) if os.path.isdir(path) else open_file(path)


def open_file(path: Path) -> Video:
    """A video in one file."""
    held, shape = read_held(path), read_shape(path)
    shown = stamps.order(held.packets)
    ticks = stamps.growing([packet.shown for packet in shown], 1 / float((held.rate or USUAL_RATE) * held.clock))
    times = tuple((ticks * held.clock.numerator / held.clock.denominator).tolist())
    check_pauses(path, times)
    return Video(
        path,
        held.sha256,
        held.codec,
        *shape,
        rate_of(held.rate, times),
        times,
        stamps=tuple(packet.shown for packet in shown) if held.is_stamped else (),
        keyframes=stamps.keyframes(shown) if held.is_stamped else (),
    )


def decode(video: Video, wanted: Sequence[int]) -> Iterator[tuple[int, Picture]]:
    """The wanted frames with their numbers, each once, in order. Nothing is decoded past the last of them."""
    numbers = sorted(set(wanted))
    if video.images:
        yield from ((number, read_image(video.images[number], video)) for number in numbers)
        return
    left = set(numbers)
    before = bisect_right(video.keyframes, numbers[0])
    start = video.keyframes[before - 1] if before else 0
    with reading(video.path) as (container, stream):
        if start:  # exact: frames are known by their stamps, and decoding begins at or before the one sought
            container.seek(video.stamps[start], stream=stream, backward=True)
        for number, frame in numbered(container.decode(stream), video, start, numbers[-1]):
            if number in left:
                left.remove(number)
                check_size(video, number, frame)
                yield number, upright(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), video.rotation)
            if not left:
                return
    raise cut_short(video.path, f"{len(numbers) - len(left)} of the {len(numbers)} frames asked for could be decoded")


def upright(picture: Picture, rotation: int) -> Picture:
    """Turned as the file's metadata says."""
    return np.ascontiguousarray(np.rot90(picture, rotation // 90))


def check_there(path: Path) -> None:
    """An error for what can be no video, before anything is worked out for it."""
    if not os.path.isdir(path):
        check_file(path, "a video", VideoError)


# --- what a file says of time -----------------------------------------------------------------------------------------
def rate_of(said: Fraction | None, times: Sequence[float]) -> float:
    """Average frames a second: as the file says, where its frames are not of another mind."""
    seen = (len(times) - 1) / times[-1] if len(times) > 1 else 0.0
    if said and (not seen or abs(float(said) - seen) <= AGREED * seen):
        return float(said)
    return seen or float(USUAL_RATE)


def check_pauses(path: Path, times: Sequence[float]) -> None:
    """An error for frames so far apart that their stamps must be wrong."""
    for number, (before, after) in enumerate(pairwise(times)):
        if after - before > LONGEST_PAUSE:
            raise VideoError(
                f"{path}: its frames {number} and {number + 1} are {(after - before) / 3600:.3g} hours apart",
                fact=f"at most {LONGEST_PAUSE / 3600:g} are taken for true",
                hint=Try(("ffprobe", path)),
            )


# --- frames as they are decoded ---------------------------------------------------------------------------------------
def numbered(frames: Iterable[VideoFrame], video: Video, start: int, last: int) -> Iterator[tuple[int, VideoFrame]]:
    """Frames from number `start` on with their numbers. Decoders leave out what they cannot decode, so a frame is known
    by its stamp; of several alike, by its place among them; where a file says nothing of stamps, by counting.
    """
    if not video.stamps:
        yield from enumerate(frames, start)
        return
    numbers: dict[int | None, list[int]] = defaultdict(list)
    latest = start - 1
    for number in range(start, last + 1):
        numbers[video.stamps[number]].append(number)
    for frame in frames:
        alike = numbers.get(frame.pts, [])
        place = bisect_right(alike, latest) if len(alike) > 1 else 0
        if place < len(alike):
            latest = alike[place]
            yield latest, frame


def check_size(video: Video, number: int, frame: VideoFrame) -> None:
    """An error for a frame of another size than the first, as some streams come to have."""
    width, height = turned(frame.width, frame.height, video.rotation)
    if (width, height) != (video.width, video.height):
        size = f"{video.width}x{video.height}"
        raise VideoError(
            f"{video.path}: frame {number} ({video.times[number]:.2f} s) is {width} x {height} pixels, the first frame "
            f"{video.width} x {video.height}",
            fact="a clip is of one size",
            hint=Try(("ffmpeg", "-i", video.path, "-s", size, f"{video.path.stem}-{size}.mp4")),
        )
