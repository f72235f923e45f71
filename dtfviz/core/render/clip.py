"""A clip as it is fed to a model: a strip of its frames, a video, or arrays."""

from itertools import zip_longest
from math import ceil
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from dtfviz.core.errors import OptionError
from dtfviz.core.media.clip import Clip
from dtfviz.core.render.drawing import PAGE
from dtfviz.core.render.style.figures import save_figure, shorten, style, wrap_parts
from dtfviz.core.render.style.video import write_video

ABREAST = 8  # frames in a row of a page


def clip_strip(clip: Clip, *, width: float = PAGE, has_caption: bool = True) -> Figure:
    """All frames in reading order, each with its time."""
    count, (height, breadth) = len(clip.indices), clip.frames.shape[1:3]
    columns = min(count, max(2, round(ABREAST * width / PAGE)))
    rows = ceil(count / columns)
    with style():
        figure = Figure(figsize=(width, rows * (width / columns * height / breadth + 0.2) + 0.3))
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes, picture, seconds in zip_longest(grid.flat, clip.frames, clip.times):
            axes.set_axis_off()
            if picture is not None:
                axes.imshow(picture, interpolation="bilinear")
                axes.set_title(f"{seconds:.2f} s", loc="center", fontsize=7, color="0.3", pad=2)
        if has_caption:
            figure.supxlabel(caption_of(clip, width), fontsize=6, color="0.5")
    return figure


def caption_of(clip: Clip, width: float) -> str:
    """What must be known of the frames."""
    box, (height, breadth) = clip.box, clip.frames.shape[1:3]
    parts = [
        shorten(clip.video.path.name, 40),
        f"{len(clip.indices)} frames, {clip.spacing * 1000:.0f} ms apart",
        f"{breadth} x {height} pixels",
        f"crop {clip.crop}: {box.width} x {box.height} from ({box.left}, {box.top})",
    ]
    return wrap_parts(parts, width)


def write_strip(clip: Clip, path: Path) -> None:
    """As a figure."""
    save_figure(clip_strip(clip), path)


def write_frames(clip: Clip, path: Path) -> None:
    """At the true distances in time of its frames, which must be in order."""
    begin = clip.times[0]
    if not (np.diff(clip.times) > 0).all():
        raise OptionError(
            f"{path}: the clip's frames are not in the order of time, as a video's are", hint=f"{path.stem}.png"
        )
    write_video(
        path,
        ((when - begin, picture) for when, picture in zip(clip.times, clip.frames, strict=True)),
        1 / (clip.spacing or 1),
    )


def write_arrays(clip: Clip, path: Path) -> None:
    """Frames with their numbers, times and place."""
    box = (clip.box.left, clip.box.top, clip.box.width, clip.box.height)
    np.savez_compressed(path, frames=clip.frames, indices=clip.indices, times=clip.times, box=box)
