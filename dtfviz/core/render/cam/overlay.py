"""Maps over their video: every source frame, and what is said of it in a strip below the footage."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dtfviz.core.escaping import escape
from dtfviz.core.media.clip import Box, Picture, Video
from dtfviz.core.render.cam.maps import energy_over_time, frames_with_maps, middles
from dtfviz.core.render.cam.words import boxes_of, headline
from dtfviz.core.render.drawing import OVERLAY_HEIGHT
from dtfviz.core.render.style.colour import OPACITY, TABLE, Scale, overlay
from dtfviz.core.render.style.video import stamp, watermark, write_video
from dtfviz.core.results.cam import Mosaic

NARROWEST = 480  # pixels: smaller footage is enlarged, so that the strip can be read
WIDEST = 8192  # pixels: wider footage is made smaller, as no player shows it
PAPER_WIDTH = 160  # pixels: what stays narrower stands in the middle of so much paper
USUAL, LARGEST = 640, 3.0  # pixels of footage that a strip of the usual size belongs to; how many times it may grow
INK, FAINT, PAPER = (235, 235, 235), (120, 120, 120), (24, 24, 24)
HEAT = (252, 165, 10)
FONT = cv2.FONT_HERSHEY_SIMPLEX
EDGE = (255, 255, 255)  # of what the model saw


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
    page = max(size[0], PAPER_WIDTH), size[1]
    below, mark = draw_strip(mosaic, page[0], scale), watermark(page, mosaic.one.trust)
    boxes = [zoomed(box, size[1] / video.height) for box in boxes_of(mosaic)]

    def pictures() -> Iterable[tuple[float, Picture]]:
        for done, (seconds, picture, values) in enumerate(frames_with_maps(mosaic), start=1):
            shown = overlay(fit(picture, size), scale.share(fit(values, size)), opacity)
            for box in boxes:
                outline(shown, box)
            yield seconds, np.vstack([stamp(on_paper(shown, page[0]), mark), marked(below, mosaic, seconds)])
            if on_frame is not None:
                on_frame(done)

    write_video(path, pictures(), video.fps)


def size_of(video: Video, highest: int) -> tuple[int, int]:
    """Width and height of the footage in an overlay."""
    share = min(highest / video.height, WIDEST / video.width)
    if share < 1:
        return max(1, round(video.width * share)), max(1, round(video.height * share))
    zoom = min(-(-NARROWEST // video.width), highest // video.height)
    return video.width * zoom, video.height * zoom


def on_paper(picture: Picture, width: int) -> Picture:
    """Narrow footage in the middle of a page."""
    left = (width - picture.shape[1]) // 2
    sides = (left, width - picture.shape[1] - left)
    return np.pad(picture, ((0, 0), sides, (0, 0)), constant_values=PAPER[0]) if any(sides) else picture


def fit(values: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """A picture or a map at the size of the overlay: the mean of what falls together, or blocks of what is enlarged."""
    if size == (values.shape[1], values.shape[0]):
        return values
    shrinks = size[1] < values.shape[0]
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST))


def zoomed(box: Box, factor: float) -> Box:
    """The same part of footage of another size."""
    return Box(*(round(side * factor) for side in (box.left, box.top, box.width, box.height)))


def outline(picture: Picture, box: Box) -> None:
    """Where heat ends because the model saw no more: a line inside the box, but none along the frame's own border."""
    height, width = picture.shape[:2]
    thick, right, bottom = max(1, round(max(height, width) / 500)), box.left + box.width, box.top + box.height
    for left, is_inner in ((box.left, box.left > 0), (right - thick, right < width)):
        if is_inner:
            picture[box.top : bottom, left : left + thick] = EDGE
    for top, is_inner in ((box.top, box.top > 0), (bottom - thick, bottom < height)):
        if is_inner:
            picture[top : top + thick, box.left : right] = EDGE


# --- the strip below the footage --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Strip:
    """Where things are in a strip of this width: as large as the footage asks for, so that it is read at any size."""

    width: int

    @property
    def unit(self) -> float:
        """Pixels of a pixel of the usual strip."""
        return min(LARGEST, max(1.0, self.width / USUAL))

    def px(self, usual: float) -> int:
        """Pixels of so many of the usual strip."""
        return round(usual * self.unit)

    @property
    def bar(self) -> int:
        """How wide the colour bar is."""
        return min(self.px(110), self.width // 4)

    @property
    def top(self) -> int:
        """Of the energy."""
        return self.px(38)

    @property
    def bottom(self) -> int:
        """Of the energy."""
        return self.px(54)

    @property
    def line(self) -> int:
        """Pixels of a thin line."""
        return max(1, round(self.unit * 0.7))

    def across(self, mosaic: Mosaic, seconds: float) -> int:
        """Where an instant is on the axis of time."""
        begin, end, left, right = mosaic.times[0], mosaic.times[-1], self.px(8), self.width - self.bar - self.px(24)
        return left + round((seconds - begin) / (end - begin) * (right - left)) if end > begin else left

    def write(
        self, area: Picture, text: str, at: tuple[float, float], colour: tuple[int, int, int], size: float
    ) -> None:
        """Plain characters in one line from a place of the usual strip, cut where the strip ends."""
        left, low = self.px(at[0]), self.px(at[1])
        plain, size = escape(text).encode("ascii", "replace").decode(), size * self.unit
        while plain and cv2.getTextSize(plain, FONT, size, self.line)[0][0] > self.width - left - self.px(8):
            plain = plain[:-1]
        cv2.putText(area, plain, (left, low), FONT, size, colour, self.line, cv2.LINE_AA)


def draw_strip(mosaic: Mosaic, width: int, scale: Scale) -> Picture:
    """Class and probability, the energy of the map over time with the sampled instants, and the colour bar: what is the
    same under every frame.
    """
    cam, page = mosaic.one, Strip(width)
    area = np.full((page.px(62), width, 3), PAPER, np.uint8)
    note = f"  (class names: {cam.classes_note})" if cam.classes_note else ""
    shown = f"{mosaic.when} of {cam.clip.video.seconds:.2f} s"
    page.write(area, headline(mosaic) + note, (8, 16), INK, 0.45)
    page.write(area, f"{cam.model} {cam.layer} {cam.method} - {cam.trust} - {shown}", (8, 31), FAINT, 0.36)
    draw_time(area, mosaic)
    draw_colours(area, scale)
    return area


def marked(area: Picture, mosaic: Mosaic, seconds: float) -> Picture:
    """The strip with a mark at the present."""
    page, copy = Strip(area.shape[1]), area.copy()
    place = page.across(mosaic, seconds)
    cv2.line(copy, (place, page.top - 2), (place, page.bottom), INK, page.line)
    return copy


def draw_time(area: Picture, mosaic: Mosaic) -> None:
    """The energy as a curve through the steps, and ticks where frames were sampled."""
    page, curve = Strip(area.shape[1]), energy_over_time(mosaic)
    for when in mosaic.times:
        place = page.across(mosaic, when)
        cv2.line(area, (place, page.bottom), (place, page.bottom + page.px(3)), INK, page.line)
    left, right = (page.across(mosaic, when) for when in (mosaic.times[0], mosaic.times[-1]))
    cv2.line(area, (left, page.bottom), (right, page.bottom), FAINT, page.line)
    highest = max(curve) or 1.0
    heights = [round(page.bottom - (page.bottom - page.top) * energy / highest) for energy in curve]
    points = list(zip([page.across(mosaic, when) for when in middles(mosaic)], heights, strict=True))
    cv2.polylines(area, [np.array(points, np.int32)], False, HEAT, page.line, cv2.LINE_AA)


def draw_colours(area: Picture, scale: Scale) -> None:
    """The ramp from no heat to the hottest."""
    page = Strip(area.shape[1])
    left, right = page.width - page.bar - page.px(8), page.width - page.px(8)
    area[page.px(40) : page.px(47), left:right] = TABLE[np.linspace(0, 255, right - left).astype(int)][None]
    page.write(area, f"{scale.low:.2g}", (left / page.unit, 57), FAINT, 0.33)
    highest = "max" if scale.kind == "frame" else f"{scale.high:.2g}"
    wide = cv2.getTextSize(highest, FONT, 0.33 * page.unit, page.line)[0][0]
    page.write(area, highest, ((right - wide) / page.unit, 57), FAINT, 0.33)
