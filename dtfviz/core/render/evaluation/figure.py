"""What is taken for what, as a picture."""

from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from dtfviz.core.render.drawing import PAGE
from dtfviz.core.render.style.figures import mark_trust, save_figure, shorten, style, wrap_parts
from dtfviz.core.results.evaluation import Evaluation

BESIDE = 1.6  # inches that names and the colour bar take
BELOW = 1.3  # inches that names, title and caption take
PITCH = 8.0  # points that a name needs
FINEST = 400  # classes that a column of a paper can show one by one
LONGEST = 60  # characters of a path: its end says most
EMPTY = "0.85"  # grey: a class without clips


def confusion_figure(found: Evaluation, *, width: float = PAGE, has_caption: bool = True) -> Figure:
    """Rows are true classes, columns answers, colours shares of a row: one scale whatever the model or the data."""
    side, block = width - BESIDE, -(-found.num_classes // FINEST)
    cells = coarse(row_shares(found.confusion), block)
    span = len(cells) * block - 0.5
    with style():
        figure = Figure(figsize=(width, side + BELOW))
        axes = figure.subplots()
        colours = colormaps["viridis"].with_extremes(bad=EMPTY)
        shown = axes.imshow(
            cells, cmap=colours, vmin=0, vmax=1, interpolation="nearest", extent=(-0.5, span, span, -0.5)
        )
        name_classes(axes, found, has_room=side * 72 / found.num_classes >= PITCH)
        axes.set_title(f"{found.top1.value:.1%} of {len(found.names)} clips right")
        axes.set_xlabel("answer")
        axes.set_ylabel("true class")
        figure.colorbar(shown, ax=axes, label="share of the true class", ticks=[0, 0.5, 1], shrink=0.7)
        if has_caption:
            figure.supxlabel(wrap_parts(caption_parts(found, block), width), fontsize=6, color="0.5")
        mark_trust(figure, found.trust)
    return figure


def row_shares(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """NaN for a class without clips."""
    counts = confusion.sum(axis=1, keepdims=True)
    return np.where(counts > 0, confusion / np.maximum(counts, 1), np.nan)


def coarse(shares: NDArray[np.float64], block: int) -> NDArray[np.float64]:
    """The largest share of each block of cells: a mean would let single mistakes vanish."""
    rest = -len(shares) % block
    padded = np.pad(shares, (0, rest), constant_values=np.nan)
    count = len(padded) // block
    blocks = padded.reshape(count, block, count, block).swapaxes(1, 2).reshape(count, count, -1)
    return np.asarray(np.fmax.reduce(blocks, axis=-1))


def name_classes(axes: Axes, found: Evaluation, *, has_room: bool) -> None:
    """Names where they can be read, else the classes' numbers."""
    if found.classes and has_room:
        names = [shorten(name, 14) for name in found.classes]
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
        axes.set_yticks(range(len(names)), names, fontsize=7)
        axes.tick_params(length=0)
        return
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))


def caption_parts(found: Evaluation, block: int) -> list[str]:
    """What must be known of the picture."""
    data = found.data if len(found.data) <= LONGEST else f"…{found.data[1 - LONGEST :]}"
    parts = [f"{found.model}, {found.trust}", data, found.protocol.words]
    if found.failed:
        parts.append(f"{len(found.failed)} could not be read")
    if found.confusion.sum(axis=1).min() == 0:
        parts.append("grey: no clips of that class")
    if block > 1:
        parts.append(f"a cell is the largest of {block} x {block} classes")
    return parts


def write_figure(found: Evaluation, path: Path) -> None:
    save_figure(confusion_figure(found), path)
