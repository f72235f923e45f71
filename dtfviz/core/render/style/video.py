"""Playable videos: H.264 in yuv420p with even sizes, every frame at its own time."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from dtfviz.core.errors import OutputError, Try
from dtfviz.core.media.clip import Picture

CLOCK = 90_000  # ticks a second, fine enough for every frame rate


def write_video(path: Path, pictures: Iterable[tuple[float, Picture]], fps: float) -> None:
    """(seconds, picture) in order of time; the first is shown at 0."""
    try:
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001), options={"crf": "18"})
            begin = None
            for seconds, picture in pictures:
                even = pad_to_even(picture)
                if begin is None:
                    begin = seconds
                    stream.width, stream.height, stream.pix_fmt = even.shape[1], even.shape[0], "yuv420p"
                    stream.codec_context.time_base = Fraction(1, CLOCK)
                frame = av.VideoFrame.from_ndarray(even, format="rgb24")
                frame.pts, frame.time_base = round((seconds - begin) * CLOCK), Fraction(1, CLOCK)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    except (av.error.FFmpegError, OSError) as error:
        raise OutputError(f"{path}: cannot be written", fact=str(error), hint=Try(("df", "-h", path.parent))) from error


def pad_to_even(picture: Picture) -> Picture:
    """As the codec wants it."""
    height, width = picture.shape[:2]
    return np.ascontiguousarray(np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge"))
