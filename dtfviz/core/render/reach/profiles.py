"""When positions of several models see, as profiles above each other."""

from collections.abc import Mapping
from math import floor, log10

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from dtfviz.core.render.drawing import PAGE
from dtfviz.core.render.reach.sheet import caption_of, draw_stems, reached_words
from dtfviz.core.render.style.figures import BLUE, NARROW, VERMILION, mark_trust, style
from dtfviz.core.results.reach import Reach

LOWEST = -4  # power of ten of the smallest percentage that is drawn


def profile_chart(reaches: Mapping[str, Reach], *, width: float = PAGE, has_caption: bool = True) -> Figure:
    """A row of stems a model, on common axes; a logarithmic one shows the faint tails, and nothing where nothing
    comes from.
    """
    faintest = min(float(reach.profile[reach.profile > 0].min()) for reach in reaches.values())
    low = 10.0 ** max(LOWEST, floor(log10(100 * faintest) - 0.1))
    with style():
        figure = Figure(figsize=(width, 1.05 * len(reaches) + 0.9))
        grid = figure.subplots(len(reaches), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
        for axes, (label, reach) in zip(grid, reaches.items(), strict=True):
            draw_stems(axes, reach, VERMILION if reach.spans.time.is_global else BLUE, low)
            most = f", 90 % of the energy from {reach.durations[0.9]}" if width > NARROW else ""
            axes.set_title(f"{label}: {reached_words(reach)}{most}")
        grid[-1].set_xlabel("frame; grey: those of the step itself")
        grid[-1].set_yscale("log")
        grid[-1].set_ylim(low, 100)
        grid[-1].yaxis.set_major_formatter("{x:g} %")
        grid[-1].yaxis.set_major_locator(LogLocator(numticks=4))
        grid[-1].yaxis.set_minor_locator(NullLocator())
        grid[-1].set_xlim(-0.5, max(len(reach.profile) for reach in reaches.values()) - 0.5)
        figure.supylabel("share of the energy", fontsize=8)
        mark_trust(figure, next((reach.trust for reach in reaches.values() if reach.trust != "trained"), "trained"))
        if has_caption:
            figure.supxlabel(caption_of(list(reaches.values()), width), fontsize=6, color="0.5")
    return figure
