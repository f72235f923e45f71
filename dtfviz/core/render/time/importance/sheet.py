"""How much each frame counts, as a timeline."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from dtfviz.core.media.clip import Picture
from dtfviz.core.render.drawing import PAGE
from dtfviz.core.render.style.figures import (
    BLUE,
    GREEN,
    NARROW,
    VERMILION,
    mark_trust,
    save_figure,
    shorten,
    style,
    wrap_parts,
)
from dtfviz.core.render.time.importance.cells import draw_bar, heated, shape_words
from dtfviz.core.render.time.importance.energy import NO_MAP, energy_of_frames
from dtfviz.core.results.importance import Importance

BAR = 0.55  # inches that a colour bar takes


def importance_sheet(result: Importance, *, width: float = PAGE, has_caption: bool = True) -> Figure:
    """The frames over the time axis, and beneath it what replacing each of them costs, and the map's energy."""
    places, label = timeline(result)
    half = float(np.diff(places).min()) / 2 if len(places) > 1 else 0.5
    every = -(
        -len(places) // (16 if width > NARROW else 8)
    )  # as many frames as can be seen, each over the time of those left out
    tall, wide = result.clip.frames.shape[1:3]
    strip = every * (width - 0.7) / len(places) * tall / wide
    with style():
        films, bar = ([strip], 0.0) if result.occlusion is None else ([strip, strip], BAR)
        figure = Figure(figsize=(width, sum(films) + bar + (3.3 if has_caption else 3.0)))
        film, *cells, drops, energy = figure.subplots(len(films) + 2, 1, sharex=True, height_ratios=[*films, 1.5, 0.8])
        draw_film(film, result.clip.frames, places, half, every)
        for axes in cells:
            draw_cells(figure, axes, result, places, half, every)
        film.set_title(f"{shorten(result.target.label)}: {result.target.probability:.2f}")
        draw_drops(drops, result, places)
        draw_energy(energy, result, places)
        energy.set_xlabel(label)
        energy.set_xlim(places.min() - half, max(places.max(), places[::every].max() + 2 * (every - 1) * half) + half)
        figure.align_ylabels()
        mark_trust(figure, result.trust)
        if has_caption:
            figure.supxlabel(caption_of(result, width), fontsize=6, color="0.5")
    return figure


def timeline(result: Importance) -> tuple[NDArray[np.float64], str]:
    """Seconds; of frames out of their order, their places in the clip."""
    times = np.asarray(result.clip.times)
    if len(times) == 1 or (np.diff(times) > 0).all():
        return times, "seconds"
    return np.arange(len(times), dtype=float), "place in the clip"


def draw_film(axes: Axes, pictures: Iterable[Picture], places: NDArray[np.float64], half: float, every: int) -> None:
    """Each frame begins half a frame before its instant and is as wide as the time that it stands for."""
    for place, frame in list(zip(places, pictures, strict=True))[::every]:
        axes.imshow(
            frame,
            extent=(place - half * 0.96, place + (2 * every - 1) * half * 0.96, 0, 1),
            aspect="auto",
            interpolation="bilinear",
        )
    axes.set_ylim(0, 1)
    axes.set_axis_off()


def draw_cells(
    figure: Figure, axes: Axes, result: Importance, places: NDArray[np.float64], half: float, every: int
) -> None:
    """The same frames under the cells that were blurred, where any were."""
    if result.occlusion is not None:
        draw_film(axes, heated(result.occlusion, result.clip.frames), places, half, every)
        draw_bar(figure, axes, result.occlusion)


def draw_drops(axes: Axes, result: Importance, places: NDArray[np.float64]) -> None:
    """Both kinds of replacement, frame by frame."""
    axes.axhline(0, color="0.6", linewidth=0.6)
    axes.plot(places, result.held, color=VERMILION, marker="s", markersize=3, linewidth=1, label="held")
    axes.plot(
        places, result.blurred, color=BLUE, marker="o", markersize=3, linewidth=1, linestyle="--", label="blurred"
    )
    axes.set_ylabel(f"drop of log p\n({result.unit})" if result.unit else "drop of\nthe value")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.25 * (high - low))  # room for the names
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.legend(loc="upper left", ncols=2, borderpad=0, handlelength=2, fontsize=7)


def draw_energy(axes: Axes, result: Importance, places: NDArray[np.float64]) -> None:
    """The map beside them, on the same axis."""
    energy = energy_of_frames(result)
    if energy is None:
        axes.text(
            0.5,
            0.5,
            NO_MAP,
            transform=axes.transAxes,
            ha="center",
            va="center",
            fontsize=7,
        )
        axes.set_yticks([])
        return
    axes.plot(places, energy, color=GREEN, marker="^", markersize=3, linewidth=1)
    axes.set_ylim(0, 1.15 * float(energy.max()) or 1.0)  # room for the marks
    axes.set_ylabel("energy of\nthe map")
    axes.yaxis.set_major_locator(MaxNLocator(2))


def caption_of(result: Importance, width: float) -> str:
    """What must be known of the timeline."""
    clip = result.clip
    parts = [
        f"{result.model} ({result.trust})",
        shorten(clip.video.path.name, 40),
        f"{len(clip.indices)} frames, {clip.when}",
        f"drop of {shorten(result.target.label, 16)} when a frame is blurred or held",
        "held: the frame before it stands in its place",
    ]
    if result.occlusion is not None:
        parts.append(f"{shape_words(result.occlusion)} cells, in time, down and across")
    if result.cam is not None:
        parts.append(f"map: {result.cam.method} at {result.cam.layer}")
        parts.append(result.cam.cells.words(is_sampled=result.cam.sampled is not None))
    if result.classes_note:
        parts.append(f"class names: {result.classes_note}")
    return wrap_parts(parts, width)


def write_sheet(result: Importance, path: Path) -> None:
    save_figure(importance_sheet(result), path)
