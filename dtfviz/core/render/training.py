"""The curve of a training: loss and accuracy over the steps, the learning rate beneath."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from dtfviz.core.render.drawing import PAGE, Drawing
from dtfviz.core.render.style.figures import BLUE, VERMILION, save_figure, style, wrap_parts
from dtfviz.core.results.training import TrainingLog

SMOOTHED = 0.02  # of the whole training: the width of the running mean


def training_curve(log: TrainingLog, *, width: float = PAGE, has_caption: bool = True) -> Figure:
    """Every step as a pale line, and its running mean."""
    steps = log.steps
    numbers = np.array([one.step for one in steps])
    with style():
        figure = Figure(figsize=(width, 4.2))
        loss, accuracy, rate = figure.subplots(3, 1, sharex=True, height_ratios=[2, 2, 1])
        draw_values(loss, numbers, [one.loss for one in steps], VERMILION, "loss")
        draw_values(accuracy, numbers, [one.accuracy for one in steps], BLUE, "accuracy on\ntraining clips")
        accuracy.set_ylim(0, 1.02)
        accuracy.set_yticks([0, 0.5, 1])
        rate.plot(numbers, [one.rate for one in steps], color="0.3", linewidth=1)
        rate.set_ylabel("learning\nrate")
        rate.set_ylim(bottom=0)
        rate.set_xlabel("step")
        rate.yaxis.set_major_locator(MaxNLocator(2))
        rate.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        loss.set_ylim(bottom=0)
        loss.yaxis.set_major_locator(MaxNLocator(4))
        figure.align_ylabels()
        if has_caption:
            figure.supxlabel(wrap_parts(log.caption.split(" · "), width), fontsize=6, color="0.5")
    return figure


def draw_values(axes: Axes, numbers: NDArray[np.int64], values: Sequence[float], colour: str, label: str) -> None:
    """Every step, and the running mean."""
    axes.plot(numbers, values, color=colour, linewidth=0.5, alpha=0.35)
    axes.plot(numbers, running_mean(np.asarray(values)), color=colour, linewidth=1.4)
    axes.set_ylabel(label)


def running_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Over the steps before and including each one, as many as there are of them."""
    width = max(1, round(SMOOTHED * len(values)))
    sums = np.cumsum(np.concatenate([[0.0], values]))
    ends = np.arange(1, len(values) + 1)
    begins = np.maximum(0, ends - width)
    return np.asarray((sums[ends] - sums[begins]) / (ends - begins))


def draw(log: TrainingLog, drawing: Drawing, folder: Path) -> list[str]:
    """The curve."""
    name = f"curve.{drawing.form}"
    save_figure(training_curve(log, width=drawing.width, has_caption=drawing.has_caption), folder / name, drawing.dpi)
    return [name]
