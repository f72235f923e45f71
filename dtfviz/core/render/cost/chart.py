"""What models cost, as bars."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dtfviz.core.published import is_reported
from dtfviz.core.render.drawing import PAGE
from dtfviz.core.render.style.figures import BLUE, VERMILION, style, wrap_parts
from dtfviz.core.results.cost import Cost, ModuleCost

CONVENTION = (
    "one multiply-add = 1 MAC",
    "all: FFT, aggregation and softmax too, complex = 4 real",
    "the cost does not depend on the weights",
)
SLIGHT = 1e-3  # of a model: what would be no wider than a line


def cost_chart(costs: Sequence[Cost], depth: int, *, width: float = PAGE, has_caption: bool = True) -> Figure:
    """A row of bars a module: multiply-adds and parameters; one pair of panels a model, on common scales."""
    tables = [[row for row in cost.at_depth(depth) if is_visible(row, cost.whole)] for cost in costs]
    heights = [0.7 + 0.19 * len(table) for table in tables]
    with style():
        figure = Figure(figsize=(width, sum(heights) + 0.7))
        grid = figure.subplots(len(costs), 2, squeeze=False, sharex="col", gridspec_kw={"height_ratios": heights})
        for (macs, params), table, cost in zip(grid, tables, costs, strict=True):
            names = [row.name for row in table]
            macs.barh(names, [row.real / 1e9 for row in table], color=BLUE, height=0.7)
            if is_reported(cost.model):
                macs.barh(names, [row.paper / 1e9 for row in table], color=VERMILION, height=0.3)
            params.barh(names, [row.params / 1e6 for row in table], color="0.6", height=0.7)
            params.set_yticklabels([])
            for axes in (macs, params):
                axes.invert_yaxis()
                axes.tick_params(axis="y", length=0)
                axes.margins(y=0.02)
                axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
            macs.set_title(f"{cost.model}, {cost.clip[2]} frames at {cost.clip[3]} px", pad=13)
            macs.text(
                0, 1, totals_of(cost), transform=macs.transAxes, fontsize=6, color="0.3", va="bottom", in_layout=False
            )
        has_paper = any(is_reported(cost.model) for cost in costs)
        grid[-1][0].set_xlabel("GMACs of one clip" + ("\nwide: all · narrow: paper" if has_paper else ""))
        grid[-1][1].set_xlabel("million parameters\nin use")
        if has_caption:
            figure.supxlabel(wrap_parts(CONVENTION, width), fontsize=6, color="0.5")
    return figure


def totals_of(cost: Cost) -> str:
    """The whole model in words."""
    whole = cost.whole
    counts = f"{whole.real / 1e9:.1f} GMACs"
    if is_reported(cost.model):
        counts = f"{whole.paper / 1e9:.1f} GMACs as the paper counts, {whole.real / 1e9:.1f} in all"
    return f"{counts}; {whole.params / 1e6:.1f} M parameters"


def is_visible(row: ModuleCost, whole: ModuleCost) -> bool:
    """Whether a bar would be wider than a line."""
    return row.real > SLIGHT * whole.real or row.params > SLIGHT * whole.params
