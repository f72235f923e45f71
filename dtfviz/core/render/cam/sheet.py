"""Class activation maps as a sheet: frames, maps over them, their energy over time, and what the model takes the
clip for.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from dtfviz.core.media.clip import Picture
from dtfviz.core.render.cam.maps import energy_over_time, map_on_source, middles
from dtfviz.core.render.cam.source import nearest
from dtfviz.core.render.cam.words import boxes_of, headline, unit_of
from dtfviz.core.render.drawing import PAGE
from dtfviz.core.render.predictions import draw_guesses
from dtfviz.core.render.style.colour import HEAT, OPACITY, Scale, overlay
from dtfviz.core.render.style.figures import NARROW, PLAIN_NUMBER, VERMILION, mark_trust, shorten, style, wrap_parts
from dtfviz.core.render.style.film import draw_frame, tallness
from dtfviz.core.results.cam import Mosaic
from dtfviz.core.results.predictions import Guess

CURVE = 0.95  # inches of the energy over time
LINE, LEAST = 0.1, 0.38  # of a line of the caption; of a colour bar that can be read
MARGINS = 1.25  # and of what stands left and right of it


def cam_sheet(
    mosaic: Mosaic,
    scale: Scale,
    top: Sequence[Guess] = (),
    *,
    opacity: float = OPACITY,
    width: float = PAGE,
    has_caption: bool = True,
) -> Figure:
    """Frames and their maps along the clip, the map's energy over time beneath, and what the model takes the clip
    for.
    """
    shown = pick_frames(mosaic, columns_of(width))
    guesses, words = guesses_of(mosaic, top), caption_of(mosaic, mosaic.one.layer, width) if has_caption else ""
    tall = height_of(mosaic, width - MARGINS, len(shown))
    below = 0.7 + 0.17 * max(2, len(guesses)) + LINE * (words.count("\n") + 1)
    with style():
        figure = Figure(figsize=(width, 2 * tall + 0.95 + CURVE + below))
        halves: Any = figure.subfigures(2, 1, height_ratios=[2 * tall + 0.95 + CURVE, below], hspace=0.02)
        above, rest = halves
        energy, colours = draw_strip(above, mosaic, shown, tall, scale, opacity)
        draw_energy(energy, mosaic, [seconds for seconds, _ in shown])
        draw_scale(figure, colours, scale, f"map value ({unit_of(mosaic.one)})\n{scale.words}")
        if guesses:
            draw_guesses(rest.subplots(), guesses)
        above.suptitle(headline(mosaic, room=60 if width > NARROW else 22), x=0.01, ha="left", fontsize=9)
        mark_trust(figure, mosaic.one.trust)
        if words:
            rest.supxlabel(words, fontsize=6, color="0.5")
    return figure


def stages_sheet(
    mosaics: Sequence[Mosaic],
    scales: Sequence[Scale],
    *,
    opacity: float = OPACITY,
    width: float = PAGE,
    has_caption: bool = True,
) -> Figure:
    """One row of maps a layer, each on a scale of its own: their values have different units."""
    shown = pick_frames(mosaics[0], columns_of(width))
    words = caption_of(mosaics[-1], "a row a layer, its map on its own scale", width) if has_caption else ""
    tall = max(LEAST, height_of(mosaics[-1], width - 0.9, len(shown)))
    with style():
        figure = Figure(figsize=(width, (len(mosaics) + 1) * (tall + 0.05) + 0.6 + LINE * (words.count("\n") + 1)))
        ratios = {"wspace": 0.03, "hspace": 0.03, "width_ratios": [*[1.0] * len(shown), 0.08]}
        grid = figure.subplots(len(mosaics) + 1, len(shown) + 1, squeeze=False, gridspec_kw=ratios)
        grid[0][-1].set_axis_off()
        for column, (seconds, picture) in enumerate(shown):
            draw_frame(grid[0][column], picture, boxes_of(mosaics[-1]))
            grid[0][column].set_title(f"{seconds:.2f} s", loc="center", fontsize=7, color="0.3", pad=2)
        for row, mosaic, scale in zip(grid[1:], mosaics, scales, strict=True):
            for axes, (seconds, picture) in zip(row[:-1], shown, strict=True):
                draw_frame(
                    axes, overlay(picture, scale.share(map_on_source(mosaic, seconds)), opacity), boxes_of(mosaic)
                )
            name = mosaic.one.layer if mosaic.highest > 0 else f"{mosaic.one.layer}\n(blank)"
            row[0].text(-0.04, 0.5, name, transform=row[0].transAxes, rotation=90, ha="right", va="center", fontsize=7)
            draw_scale(figure, row[-1], scale, unit_of(mosaic.one), 4 if tall > 2 * LEAST else 2)
        one = mosaics[-1].one
        figure.suptitle(headline(mosaics[-1], room=60 if width > NARROW else 22), x=0.01, ha="left", fontsize=9)
        mark_trust(figure, one.trust)
        if words:
            figure.supxlabel(words, fontsize=6, color="0.5")
    return figure


# --- how much there is room for ---------------------------------------------------------------------------------------
def columns_of(width: float) -> int:
    """How many frames a page shows in a row."""
    return 6 if width > NARROW else 3


def height_of(mosaic: Mosaic, width: float, columns: int) -> float:
    """Inches of a frame in a row of so many."""
    return width / (columns + 0.25) * tallness(mosaic.one.clip.video)


def pick_frames(mosaic: Mosaic, count: int) -> list[tuple[float, Picture]]:
    """Up to so many source frames: side by side over the time that was sampled, each is the one nearest its middle."""
    begin, end = extent_of(mosaic)
    count = min(count, len(mosaic.times))
    centres = begin + (np.arange(count) + 0.5) / count * (end - begin)
    return nearest(mosaic, centres.tolist())


def extent_of(mosaic: Mosaic) -> tuple[float, float]:
    """Seconds from half a frame before the first that was sampled to half a frame after the last."""
    begin, end, half = mosaic.times[0], mosaic.times[-1], abs(mosaic.one.clip.spacing) / 2 or 0.5
    return begin - half, end + half


# --- panels -----------------------------------------------------------------------------------------------------------
def guesses_of(mosaic: Mosaic, top: Sequence[Guess]) -> list[Guess]:
    """What the model takes the clip for, and of a difference both classes, whether or not they are among these."""
    target, known = mosaic.one.target, {guess.index for guess in top}
    found = [*top, *(guess for guess in mosaic.pair if guess.index not in known)]
    return found if found or target.plus is None else [Guess(target.plus, target.label, mosaic.probability)]


def draw_scale(figure: Figure | SubFigure, axes: Axes, scale: Scale, label: str, ticks: int = 4) -> None:
    """The colour bar."""
    bar = figure.colorbar(ScalarMappable(Normalize(scale.low, scale.high or 1.0), HEAT), cax=axes)
    bar.outline.set_visible(False)
    bar.locator, bar.formatter = MaxNLocator(ticks), StrMethodFormatter(PLAIN_NUMBER)
    bar.ax.tick_params(labelsize=6)
    bar.set_label(label, fontsize=6)


def draw_strip(
    block: SubFigure, mosaic: Mosaic, shown: Sequence[tuple[float, Picture]], tall: float, scale: Scale, opacity: float
) -> tuple[Axes, Axes]:
    """Frames and their maps; axes for a curve beneath them, as wide as they are, and for the colours."""
    rows, columns = [tall, tall, CURVE], [*[1.0] * len(shown), 0.08]
    grid = block.add_gridspec(3, len(columns), wspace=0.03, hspace=0.03, height_ratios=rows, width_ratios=columns)
    for column, (seconds, picture) in enumerate(shown):
        upper, lower = (block.add_subplot(grid[row, column]) for row in range(2))
        draw_frame(upper, picture, boxes_of(mosaic))
        draw_frame(lower, overlay(picture, scale.share(map_on_source(mosaic, seconds)), opacity), boxes_of(mosaic))
        upper.set_title(f"{seconds:.2f} s", loc="center", fontsize=7, color="0.3", pad=2)
    return block.add_subplot(grid[2, :-1]), block.add_subplot(grid[:2, -1])


def draw_energy(axes: Axes, mosaic: Mosaic, shown: Sequence[float]) -> None:
    """The map's energy over the time of the strip above, with the sampled instants and those of its frames."""
    for seconds in shown:
        axes.axvline(seconds, color="0.85", linewidth=0.6, zorder=0)
    axes.plot(middles(mosaic), energy_over_time(mosaic), color=VERMILION, linewidth=1.2, marker="o", markersize=3)
    axes.plot(
        mosaic.times, np.zeros(len(mosaic.times)), linestyle="", marker="|", markersize=5, color="0.3", clip_on=False
    )
    axes.set_ylim(bottom=0)
    axes.set_xlim(extent_of(mosaic))
    axes.set_xlabel("seconds (ticks: sampled; dots: steps)")
    axes.set_ylabel("energy of\nthe map")
    axes.yaxis.set_major_locator(MaxNLocator(3))


def caption_of(mosaic: Mosaic, layer: str, width: float) -> str:
    """What must be known of the maps."""
    cam, tiles = mosaic.one, len(mosaic.tiles)
    video, count = cam.clip.video, len(cam.clip.indices)
    clips = f"{count} frames" if tiles == 1 else f"{tiles} clips of {count} frames, averaged where they overlap"
    crops = "+".join(dict.fromkeys(tile.clip.crop for tile in mosaic.tiles))
    parts = [
        f"{cam.model} ({cam.trust})",
        layer,
        f"{cam.method}, weights per {cam.per}",
        cam.cells.words(is_sampled=cam.sampled is not None),
        shorten(video.path.name, 40),
        clips,
        f"{mosaic.when}, crop {crops}",
    ]
    if cam.clip.pixels is not None:
        parts.append(f"{video.fps:g} frames a second were assumed")
    if cam.classes_note:
        parts.append(f"class names: {cam.classes_note}")
    return wrap_parts(parts, width)
