"""The curve of a training: loss and accuracy over the steps, the learning rate beneath."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from dtfviz.core.render.style.figures import BLUE, PAGE, VERMILION, style
from dtfviz.core.results.training import Logged

SMOOTHED = 0.02  # of the whole training: the width of the running mean


def training_curve(steps: Sequence[Logged], caption: str) -> Figure:
    """Every step as a pale line, and its running mean."""
    numbers = np.array([one.step for one in steps])
    with style():
        figure = Figure(figsize=(PAGE, 4.2))
        loss, accuracy, rate = figure.subplots(3, 1, sharex=True, height_ratios=[2, 2, 1])
        draw(loss, numbers, [one.loss for one in steps], VERMILION, "loss")
        draw(accuracy, numbers, [one.accuracy for one in steps], BLUE, "accuracy on\ntraining clips")
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
        figure.supxlabel(caption, fontsize=6, color="0.5")
    return figure


def draw(axes: Axes, numbers: NDArray[np.int64], values: Sequence[float], colour: str, label: str) -> None:
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
