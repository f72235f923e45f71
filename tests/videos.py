"""Small videos whose frames carry their number as eight black and white bars, readable after any codec."""

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

BITS = 8


def picture(number: int, width: int = 64, height: int = 48) -> np.ndarray:
    columns = np.arange(width) * BITS // width
    bars = np.where((number >> columns) & 1, 235, 20).astype(np.uint8)
    return np.broadcast_to(bars[None, :, None], (height, width, 3)).copy()


def number_of(shown: np.ndarray) -> int:
    """The number of an upright picture, whatever its size."""
    width = shown.shape[1]
    centres = [(2 * bit + 1) * width // (2 * BITS) for bit in range(BITS)]
    middle = shown[shown.shape[0] // 2]
    return sum(int(middle[column].mean() > 127) << bit for bit, column in enumerate(centres))


def write_video(
    path: Path,
    count: int = 40,
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    size: tuple[int, int] = (64, 48),
    fps: int = 25,
    ticks: Sequence[int] | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """`ticks`: when each frame is shown, in thousandths of a second; evenly at `fps` unless given."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps, options=options or {})
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        if ticks is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(picture(number, *size), format="rgb24").reformat(format=pix_fmt)
            if ticks is not None:
                frame.pts, frame.time_base = ticks[number], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def turn(path: Path, degrees: int) -> Path:
    """Write a quarter turn into an mp4's track header, as phones do."""
    sine, cosine = {90: (1, 0), 180: (0, -1), 270: (-1, 0)}[degrees]
    one = 1 << 16
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # version 0: the matrix stands 40 bytes into the box's payload
    data[at : at + 36] = struct.pack(">9i", cosine * one, sine * one, 0, -sine * one, cosine * one, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def write_audio(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    return path
