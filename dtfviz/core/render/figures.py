"""The style of our pictures, and how they are saved. Figures are made without pyplot: it costs half a second and keeps state."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dtfviz.core.errors import OptionError, OutputError
from dtfviz.core.results.cost import Cost, ModuleCost

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
