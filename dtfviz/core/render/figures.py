"""The style of our pictures, and how they are saved. Figures are made without pyplot: it costs half a second and keeps state."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from dtfviz.core.clip import Box
from dtfviz.core.errors import OptionError, OutputError
from dtfviz.core.render.cam import on_source
from dtfviz.core.render.colour import HEAT, OPACITY, Picture, Scale, Values, overlay
from dtfviz.core.results.cam import Cam
from dtfviz.core.results.cost import Cost, ModuleCost
from dtfviz.core.results.predictions import Guess
from dtfviz.core.video import decode

FIGURES = (".png", ".svg", ".pdf")
COLUMN, PAGE = 3.3, 7.0  # inches: one column of a paper, and two
VERMILION, BLUE, GREEN, PURPLE = "#D55E00", "#0072B2", "#009E73", "#CC79A7"  # told apart without telling red from green
STYLE = {
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.edgecolor": "0.6",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": "0.3",
    "ytick.color": "0.3",
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


@contextmanager
def style() -> Iterator[None]:
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]
        yield


def check_figure(path: Path) -> None:
    """Before the work is done, not after: whether a figure can be saved under that name."""
    if path.suffix.lower() not in FIGURES:
        raise OptionError(
            f"{path}: no figure format is called {path.suffix or 'nothing'!r}",
            fact=f"figures are {', '.join(FIGURES)}",
            hint=f"-o {path.stem}.png",
        )


def save_figure(figure: Figure, path: Path, dpi: int = 200) -> None:
    check_figure(path)
    try:
        with style():
            figure.savefig(path, dpi=dpi)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written", fact=error.strerror or str(error), hint=f"ls -ld {path.parent}") from error


SLIGHT = 1e-3  # of a model: what would be no wider than a line


def cost_chart(costs: Sequence[Cost], depth: int) -> Figure:
    """A row of bars a module: multiply-adds and parameters; one pair of panels a model, on common scales."""
    tables = [[row for row in cost.at_depth(depth) if is_visible(row, cost.whole)] for cost in costs]
    heights = [0.7 + 0.19 * len(table) for table in tables]
    with style():
        figure = Figure(figsize=(PAGE, sum(heights) + 0.7))
        grid = figure.subplots(len(costs), 2, squeeze=False, sharex="col", gridspec_kw={"height_ratios": heights})
        for (macs, params), table, cost in zip(grid, tables, costs, strict=True):
            names = [row.name for row in table]
            macs.barh(names, [row.real / 1e9 for row in table], color=BLUE, height=0.7)
            macs.barh(names, [row.paper / 1e9 for row in table], color=VERMILION, height=0.3)
            params.barh(names, [row.params / 1e6 for row in table], color="0.6", height=0.7)
            params.set_yticklabels([])
            for axes in (macs, params):
                axes.invert_yaxis()
                axes.tick_params(axis="y", length=0)
                axes.margins(y=0.02)
                axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
            macs.set_title(f"{cost.model}, {cost.clip[2]} frames at {cost.clip[3]} px")
            whole = cost.whole
            totals = f"{whole.paper / 1e9:.1f} as the paper counts, {whole.real / 1e9:.1f} GMACs in all, {whole.params / 1e6:.1f} M"
            params.set_title(totals, fontsize=7, color="0.3")
        grid[-1][0].set_xlabel("GMACs of one clip\nall: wide, blue · as the paper counts: narrow, orange")
        grid[-1][1].set_xlabel("parameters in use, millions")
        figure.supxlabel(
            "one multiply-add = 1 MAC; all: FFT, aggregation and softmax too, complex = 4 real; the cost does not depend on the weights",
            fontsize=6,
            color="0.5",
        )
    return figure


def is_visible(row: ModuleCost, whole: ModuleCost) -> bool:
    return row.real > SLIGHT * whole.real or row.params > SLIGHT * whole.params


# --- class activation maps --------------------------------------------------------------------------------------------
COLUMNS_OF_SHEET = 6


def cam_sheet(cam: Cam, scale: Scale, top: Sequence[Guess] = (), *, opacity: float = OPACITY, has_caption: bool = True) -> Figure:
    """Frames and their maps along the clip, the map's energy over time beneath, and what the model takes the clip for."""
    shown = pick_frames(cam)
    video, count = cam.clip.video, len(shown)
    cell = PAGE / (count + 0.25)
    tall = cell * video.height / video.width
    with style():
        figure = Figure(figsize=(PAGE, 2 * tall + 2.1))
        rows: Any = figure.subfigures(2, 1, height_ratios=[2 * tall + 0.35, 1.55], hspace=0.02)
        grid = rows[0].subplots(2, count, squeeze=False, gridspec_kw={"wspace": 0.03, "hspace": 0.03})
        for column, (seconds, picture, values) in enumerate(shown):
            draw_frame(grid[0][column], picture, cam.clip.box)
            draw_frame(grid[1][column], overlay(picture, scale.share(values), opacity), cam.clip.box)
            grid[0][column].set_title(f"{seconds:.2f} s", loc="center", fontsize=7, color="0.3", pad=2)
        below = rows[1].subplots(1, 3, gridspec_kw={"width_ratios": [3.2, 0.12, 2.2]})
        draw_energy(below[0], cam)
        bar = figure.colorbar(ScalarMappable(Normalize(scale.low, scale.high), HEAT), cax=below[1])
        bar.outline.set_visible(False)
        bar.set_label(f"map value\n{scale.words}", fontsize=6)
        bar.ax.tick_params(labelsize=6)
        draw_guesses(below[2], cam, top)
        rows[0].suptitle(f"{cam.target.label}: {cam.probability:.2f}", x=0.01, ha="left", fontsize=9)
        if cam.trust != "trained":
            figure.text(
                0.5, 0.5, cam.trust.split(" (")[0], rotation=20, ha="center", va="center", fontsize=40, color="0.55", alpha=0.4, zorder=10
            )
        if has_caption:
            rows[1].supxlabel(cam_caption(cam), fontsize=6, color="0.5")
    return figure


def pick_frames(cam: Cam) -> list[tuple[float, Picture, Values]]:
    """The source frames nearest the middles of up to six steps, with their maps."""
    middles = cam.step_times
    steps = np.unique(np.linspace(0, len(middles) - 1, min(len(middles), COLUMNS_OF_SHEET)).round().astype(int))
    times = np.asarray(cam.clip.video.times)
    numbers = [int(np.abs(times - middles[step]).argmin()) for step in steps]
    pictures = dict(decode(cam.clip.video, numbers))
    return [(times[number], pictures[number], on_source(cam, cam.map[step])) for step, number in zip(steps, numbers, strict=True)]


def draw_frame(axes: Axes, picture: Picture, box: Box) -> None:
    """A picture with the outline of what the model saw of it."""
    axes.imshow(picture, interpolation="bilinear")
    axes.add_patch(Rectangle((box.left - 0.5, box.top - 0.5), box.width, box.height, fill=False, edgecolor="white", linewidth=0.6))
    axes.set_axis_off()


def draw_energy(axes: Axes, cam: Cam) -> None:
    middles = cam.step_times
    axes.plot(middles, cam.energy, color=VERMILION, linewidth=1.2, marker="o", markersize=3)
    axes.plot(cam.clip.times, np.zeros(len(cam.clip.times)), linestyle="", marker="|", markersize=5, color="0.3", clip_on=False)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("seconds; ticks: sampled frames, dots: steps")
    axes.set_ylabel("energy of the map")
    axes.yaxis.set_major_locator(MaxNLocator(3))


def draw_guesses(axes: Axes, cam: Cam, top: Sequence[Guess]) -> None:
    top = top or [Guess(cam.target.plus, cam.target.label, cam.probability)]
    names = [shorten(guess.label) for guess in top]
    axes.barh(range(len(names)), [guess.probability for guess in top], color=BLUE, height=0.6)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.5, 1])
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("probability")


def shorten(label: str, room: int = 22) -> str:
    return label if len(label) <= room else f"{label[: room - 1]}…"


def cam_caption(cam: Cam) -> str:
    clip = cam.clip
    span = f"{len(clip.indices)} frames, {min(clip.times):.2f} to {max(clip.times):.2f} s"
    how = f"{cam.layer} · {cam.method}, weights per {cam.per}"
    names = f" · class names: {cam.classes_note}" if cam.classes_note else ""
    return f"{cam.model} ({cam.trust}) · {how} · {shorten(clip.video.path.name, 40)}, {span}, crop {clip.crop}{names}"
