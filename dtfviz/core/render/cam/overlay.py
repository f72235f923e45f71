"""Maps over their video: every source frame, and what is said of it in a strip below the footage."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from dtfviz.core.media.clip import Picture
from dtfviz.core.render.cam.maps import energy_over_time, frames_with_maps, middles
from dtfviz.core.render.cam.words import headline
from dtfviz.core.render.style.colour import OPACITY, TABLE, Scale, overlay
from dtfviz.core.render.style.video import write_video
from dtfviz.core.results.cam import Mosaic

WIDEST, NARROWEST = 1920, 480  # pixels: smaller footage is enlarged, so that the strip can be read
STRIP = 62
INK, FAINT, PAPER = (235, 235, 235), (120, 120, 120), (24, 24, 24)
HEAT = (252, 165, 10)


def write_overlay(
    mosaic: Mosaic, path: Path, scale: Scale, *, opacity: float = OPACITY, on_frame: Callable[[int], None] | None = None
) -> None:
    """Every source frame that the clips span, with the map over it."""
    video = mosaic.one.clip.video
    zoom = max(1, -(-NARROWEST // video.width))
    curve = energy_over_time(mosaic)

    def pictures() -> Iterable[tuple[float, Picture]]:
        for done, (seconds, picture, values) in enumerate(frames_with_maps(mosaic), start=1):
            shown = overlay(picture, scale.share(values), opacity)
            if zoom > 1:
                shown = np.asarray(cv2.resize(shown, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_NEAREST), np.uint8)
            yield seconds, np.vstack([shown, strip(mosaic, curve, seconds, shown.shape[1], scale)])
            if on_frame is not None:
                on_frame(done)

    write_video(path, pictures(), video.fps)


# --- the strip below the footage --------------------------------------------------------------------------------------
def strip(mosaic: Mosaic, curve: Sequence[float], seconds: float, width: int, scale: Scale) -> Picture:
    """Class and probability, the energy of the map over time with the sampled instants, and the colour bar."""
    cam = mosaic.one
    area = np.full((STRIP, width, 3), PAPER, np.uint8)
    write(area, headline(mosaic), (8, 16), INK, 0.45, width - 16)
    write(area, f"{cam.model} {cam.layer} {cam.method} - {cam.trust}", (8, 31), FAINT, 0.36, width - 16)
    bar = min(110, width // 4)
    draw_time(area, mosaic, curve, seconds, 8, width - bar - 24)
    draw_colours(area, width - bar - 8, width - 8, scale)
    return area


def write(area: Picture, text: str, at: tuple[int, int], colour: tuple[int, int, int], size: float, room: int) -> None:
    """Plain characters in one line, cut where the room ends."""
    plain = text.encode("ascii", "replace").decode()
    while plain and cv2.getTextSize(plain, cv2.FONT_HERSHEY_SIMPLEX, size, 1)[0][0] > room:
        plain = plain[:-1]
    cv2.putText(area, plain, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)


def draw_time(area: Picture, mosaic: Mosaic, curve: Sequence[float], seconds: float, left: int, right: int) -> None:
    """The energy as a curve through the steps, ticks where frames were sampled, a mark at the present."""
    begin, end = mosaic.times[0], mosaic.times[-1]
    top, bottom = 38, STRIP - 8

    def across(when: float) -> int:
        return left + round((when - begin) / (end - begin) * (right - left)) if end > begin else left

    cv2.line(area, (left, bottom), (right, bottom), FAINT, 1)
    for when in mosaic.times:
        cv2.line(area, (across(when), bottom), (across(when), bottom + 3), INK, 1)
    highest = max(curve) or 1.0
    heights = [round(bottom - (bottom - top) * energy / highest) for energy in curve]
    points = list(zip([across(when) for when in middles(mosaic)], heights, strict=True))
    cv2.polylines(area, [np.array(points, np.int32)], False, HEAT, 1, cv2.LINE_AA)
    cv2.line(area, (across(seconds), top - 2), (across(seconds), bottom), INK, 1)


def draw_colours(area: Picture, left: int, right: int, scale: Scale) -> None:
    """The ramp from no heat to the hottest."""
    ramp = TABLE[np.linspace(0, 255, right - left).astype(int)]
    area[40:47, left:right] = ramp[None]
    write(area, f"{scale.low:.2g}", (left, 57), FAINT, 0.33, right - left)
    highest = "max" if scale.kind == "frame" else f"{scale.high:.2g}"
    wide = cv2.getTextSize(highest, cv2.FONT_HERSHEY_SIMPLEX, 0.33, 1)[0][0]
    write(area, highest, (right - wide, 57), FAINT, 0.33, right - left)
