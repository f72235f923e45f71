"""Maps over their video: every source frame, and what is said of it in a strip below the footage."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dtfviz.core.media.clip import Picture, Video
from dtfviz.core.render.cam.maps import energy_over_time, frames_with_maps, middles
from dtfviz.core.render.cam.words import headline
from dtfviz.core.render.drawing import OVERLAY_HEIGHT
from dtfviz.core.render.style.colour import OPACITY, TABLE, Scale, overlay
from dtfviz.core.render.style.video import write_video
from dtfviz.core.results.cam import Mosaic

NARROWEST = 480  # pixels: smaller footage is enlarged, so that the strip can be read
STRIP = 62
TOP, BOTTOM = 38, STRIP - 8  # of the energy in it
INK, FAINT, PAPER = (235, 235, 235), (120, 120, 120), (24, 24, 24)
HEAT = (252, 165, 10)


def write_overlay(
    mosaic: Mosaic,
    path: Path,
    scale: Scale,
    *,
    opacity: float = OPACITY,
    height: int = OVERLAY_HEIGHT,
    on_frame: Callable[[int], None] | None = None,
) -> None:
    """Every source frame that the clips span, with the map over it; larger footage is made `height` pixels high."""
    video = mosaic.one.clip.video
    size = size_of(video, height)
    below = strip(mosaic, size[0], scale)

    def pictures() -> Iterable[tuple[float, Picture]]:
        for done, (seconds, picture, values) in enumerate(frames_with_maps(mosaic), start=1):
            shown = overlay(fit(picture, size), scale.share(fit(values, size)), opacity)
            yield seconds, np.vstack([shown, marked(below, mosaic, seconds)])
            if on_frame is not None:
                on_frame(done)

    write_video(path, pictures(), video.fps)


def size_of(video: Video, highest: int) -> tuple[int, int]:
    """Width and height of the footage in an overlay."""
    if video.height > highest:
        return round(video.width * highest / video.height), highest
    zoom = max(1, -(-NARROWEST // video.width))
    return video.width * zoom, video.height * zoom


def fit(values: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """A picture or a map at the size of the overlay: the mean of what falls together, or blocks of what is enlarged."""
    if size == (values.shape[1], values.shape[0]):
        return values
    shrinks = size[1] < values.shape[0]
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST))


# --- the strip below the footage --------------------------------------------------------------------------------------
def strip(mosaic: Mosaic, width: int, scale: Scale) -> Picture:
    """Class and probability, the energy of the map over time with the sampled instants, and the colour bar: what is the
    same under every frame.
    """
    cam = mosaic.one
    area = np.full((STRIP, width, 3), PAPER, np.uint8)
    write(area, headline(mosaic), (8, 16), INK, 0.45, width - 16)
    write(area, f"{cam.model} {cam.layer} {cam.method} - {cam.trust}", (8, 31), FAINT, 0.36, width - 16)
    draw_time(area, mosaic)
    draw_colours(area, width - bar_of(width) - 8, width - 8, scale)
    return area


def marked(area: Picture, mosaic: Mosaic, seconds: float) -> Picture:
    """The strip with a mark at the present."""
    place, copy = across(mosaic, seconds, area.shape[1]), area.copy()
    cv2.line(copy, (place, TOP - 2), (place, BOTTOM), INK, 1)
    return copy


def bar_of(width: int) -> int:
    """How wide the colour bar is."""
    return min(110, width // 4)


def across(mosaic: Mosaic, seconds: float, width: int) -> int:
    """Where an instant is on the axis of time."""
    begin, end, left, right = mosaic.times[0], mosaic.times[-1], 8, width - bar_of(width) - 24
    return left + round((seconds - begin) / (end - begin) * (right - left)) if end > begin else left


def write(area: Picture, text: str, at: tuple[int, int], colour: tuple[int, int, int], size: float, room: int) -> None:
    """Plain characters in one line, cut where the room ends."""
    plain = text.encode("ascii", "replace").decode()
    while plain and cv2.getTextSize(plain, cv2.FONT_HERSHEY_SIMPLEX, size, 1)[0][0] > room:
        plain = plain[:-1]
    cv2.putText(area, plain, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)


def draw_time(area: Picture, mosaic: Mosaic) -> None:
    """The energy as a curve through the steps, and ticks where frames were sampled."""
    width, curve = area.shape[1], energy_over_time(mosaic)
    for when in mosaic.times:
        place = across(mosaic, when, width)
        cv2.line(area, (place, BOTTOM), (place, BOTTOM + 3), INK, 1)
    ends = (across(mosaic, when, width) for when in (mosaic.times[0], mosaic.times[-1]))
    cv2.line(area, (next(ends), BOTTOM), (next(ends), BOTTOM), FAINT, 1)
    highest = max(curve) or 1.0
    heights = [round(BOTTOM - (BOTTOM - TOP) * energy / highest) for energy in curve]
    points = list(zip([across(mosaic, when, width) for when in middles(mosaic)], heights, strict=True))
    cv2.polylines(area, [np.array(points, np.int32)], False, HEAT, 1, cv2.LINE_AA)


def draw_colours(area: Picture, left: int, right: int, scale: Scale) -> None:
    """The ramp from no heat to the hottest."""
    ramp = TABLE[np.linspace(0, 255, right - left).astype(int)]
    area[40:47, left:right] = ramp[None]
    write(area, f"{scale.low:.2g}", (left, 57), FAINT, 0.33, right - left)
    highest = "max" if scale.kind == "frame" else f"{scale.high:.2g}"
    wide = cv2.getTextSize(highest, cv2.FONT_HERSHEY_SIMPLEX, 0.33, 1)[0][0]
    write(area, highest, (right - wide, 57), FAINT, 0.33, right - left)
