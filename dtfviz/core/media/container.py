"""Video files as PyAV reads them: what a file says of its frames, its first frame, and whatever goes wrong with it as
one error.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from dtfviz.core.errors import Try, VideoError
from dtfviz.core.media.stamps import Packet
from dtfviz.core.store.digest import hash_file
from dtfviz.core.store.files import check_file

USUAL_RATE = Fraction(25)  # frames a second, where a file says nothing of it
MOST_PIXELS = 100_000_000  # of a frame: a clip of such a GIF took 1.7 GB; frames of 8K have 33 million
# everything that PyAV was seen to raise on damaged files; see the mutation test
UNREADABLE = (av.error.FFmpegError, OSError, ValueError, LookupError, ArithmeticError, RuntimeError, MemoryError)


class Held(NamedTuple):
    """What a file says of its video."""

    sha256: str
    codec: str
    rate: Fraction | None  # average frames a second
    clock: Fraction  # seconds a tick of the stamps
    packets: tuple[Packet, ...]  # in the order of decoding
    is_stamped: bool  # whether frames come out of the decoder with the stamps of the packets


class Shape(NamedTuple):
    """What the first frame shows of all."""

    width: int  # after rotation
    height: int
    rotation: int  # degrees counter-clockwise


@contextmanager
def reading(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """A file and its first video stream; whatever is wrong with it becomes one error."""
    check_file(path, "a video", VideoError)
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
            check_pixels(path, stream)
            stream.thread_type = "AUTO"
            yield container, stream
    except UNREADABLE as error:
        fact = (str(error).splitlines() or [type(error).__name__])[0]
        raise VideoError(f"{path}: cannot be read as a video", fact=fact, hint=Try(("ffprobe", path))) from error


def check_pixels(path: Path, stream: VideoStream) -> None:
    """An error for frames too large to be decoded, whatever part of them is shown; later ones the decoder refuses."""
    codec = stream.codec_context
    if codec.width * codec.height > MOST_PIXELS:
        raise VideoError(
            f"{path}: frames of {codec.width} x {codec.height} pixels are too large",
            fact=f"at most {MOST_PIXELS:,} pixels are decoded",
        )
    codec.options = {"max_pixels": str(2 * MOST_PIXELS)}  # which counts borders too


def read_held(path: Path) -> Held:
    """Without decoding it."""
    with reading(path) as (container, stream):
        found = [packet for packet in container.demux(stream) if packet.size]
        codec, rate = stream.codec_context.name, stream.average_rate or None
        kept = [packet for packet in found if not packet.is_discard]
        packets = [Packet(packet.pts, packet.dts, packet.is_keyframe) for packet in kept if packet.pts is not None]
        is_stamped = bool(packets) and not (is_unordered(container, stream) and ascending(packets))
        clock = stream.time_base or Fraction(1, 1000)
        if not packets:  # a bare stream
            packets = [Packet(number, None, packet.is_keyframe) for number, packet in enumerate(kept)]
            clock = 1 / (rate or USUAL_RATE)
        if not packets:
            raise VideoError(
                f"{path}: holds no frames", fact=f"its {codec} stream is empty", hint=Try(("ffprobe", path))
            )
        if stream.frames > len(found):
            raise cut_short(path, f"it announces {stream.frames} frames and holds {len(found)}")
        return Held(hash_file(path), codec, rate, clock, tuple(packets), is_stamped)


def is_unordered(container: InputContainer, stream: VideoStream) -> bool:
    """Whether frames are shown in another order than they are decoded in, of which an AVI keeps nothing."""
    return container.format.name == "avi" and bool(stream.codec_context.has_b_frames)


def ascending(packets: Sequence[Packet]) -> bool:
    """Whether the stamps grow in the order of decoding."""
    return all(before.shown <= after.shown for before, after in pairwise(packets))


def read_shape(path: Path) -> Shape:
    """Of the first frame, decoded for it."""
    with reading(path) as (container, stream):
        first = next(iter(container.decode(stream)), None)
        if first is None:
            raise VideoError(f"{path}: none of its frames can be decoded", fact=f"codec {stream.codec_context.name}")
        rotation = round(first.rotation / 90) * 90 % 360
        return Shape(*turned(first.width, first.height, rotation), rotation)


def turned(width: int, height: int, rotation: int) -> tuple[int, int]:
    """A size after rotation."""
    return (height, width) if rotation % 180 else (width, height)


def cut_short(path: Path, fact: str) -> VideoError:
    """The error for a file that holds less than it announces."""
    return VideoError(
        f"{path}: is damaged or cut short",
        fact=fact,
        hint=Try(("ffmpeg", "-i", path, "-c", "copy", f"repaired{path.suffix}")),
    )
