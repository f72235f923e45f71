"""Playable videos: H.264 in yuv420p with even sizes, every frame at its own time, marked where nothing was learnt."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from dtfviz.core.errors import OutputError, Try
from dtfviz.core.media.clip import Picture
from dtfviz.core.render.style.figures import word_of

CLOCK = 90_000  # ticks a second, fine enough for every frame rate
GREY, SHARE, TURN = 140, 0.45, 20  # of the watermark: its colour, how much of it, degrees

Mark = NDArray[np.float32]  # (height, width, 1): how much of the watermark a pixel takes


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


def watermark(size: tuple[int, int], trust: str) -> Mark | None:
    """The pale word across footage of a model whose weights mean nothing; size is width and height."""
    word, (width, height) = word_of(trust), size
    if not word:
        return None
    wide, tall = cv2.getTextSize(word, cv2.FONT_HERSHEY_SIMPLEX, 1, 2)[0]
    zoom = min(0.8 * width / wide, 0.5 * height / tall)
    thick = max(1, round(2 * zoom))
    area = np.zeros((height, width), np.uint8)
    at = (round((width - wide * zoom) / 2), round((height + tall * zoom) / 2))
    cv2.putText(area, word, at, cv2.FONT_HERSHEY_SIMPLEX, zoom, 255, thick, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), TURN, 1)
    return np.asarray(cv2.warpAffine(area, turn, size) * (SHARE / 255), np.float32)[..., None]


def stamp(picture: Picture, mark: Mark | None) -> Picture:
    """A frame with the watermark, where there is one."""
    return picture if mark is None else np.asarray(picture + mark * (GREY - picture.astype(np.float32)), np.uint8)


def pad_to_even(picture: Picture) -> Picture:
    """As the codec wants it."""
    height, width = picture.shape[:2]
    return np.ascontiguousarray(np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge"))
