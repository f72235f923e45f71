"""Filters in the terminal: a row a position."""

import numpy as np
from rich.console import Group

from dtfviz.core.render.style.tables import Column, make_table, three
from dtfviz.core.results.filters import AnyFilters, Filters, Position, StaticFilters

ENERGIES = ("kernel_ac", "kernel_dc", "effective_ac", "effective_dc")


def filter_table(found: AnyFilters, title: str, measure: str, width: int) -> Group:
    """What stands in a picture of one result."""
    hertz = found.frequencies_hz
    reach = f"0 to {three(float(hertz[-1]))} Hz" if np.isfinite(hertz).all() else "no Hz"
    steps = f"{found.steps} step{'s' if found.steps > 1 else ''}"
    head = f"{title + ': ' if title else ''}{found.layer} of {found.model}, {steps}, {reach}"
    if isinstance(found, StaticFilters):
        return static_table(found, head, width)
    return predicted_table(found, head, measure, width)


def static_table(found: StaticFilters, title: str, width: int) -> Group:
    """One row: the same holds everywhere."""
    gain = found.effective_gain.mean(axis=0)
    columns = [
        Column("operator", is_text=True),
        Column("channels"),
        Column("lags", "steps"),
        Column("gain at 0"),
        Column("gain at 1/2"),
    ]
    lags = ", ".join(map(str, found.lags.tolist()))
    row = [found.kind, str(len(found.kernels)), lags, three(float(gain[0])), three(float(gain[-1]))]
    notes = [*found.remarks, "gain: mean over output channels, over all inputs of each"]
    return make_table(title, columns, [row], width=width, notes=notes)


def predicted_table(found: Filters, title: str, measure: str, width: int) -> Group:
    """A row a position."""
    heads = [
        ("pixel", "x,y"),
        ("cell", "col,row"),
        ("rank", f"of {found.grid[0] * found.grid[1]}"),
        *((kind, part) for kind in ("kernel", "effect") for part in ("AC", "DC")),
        ("beyond", "% |F|²"),
        ("distinct", "values"),
    ]
    fewest, most = int(found.distinct.min()), int(found.distinct.max())
    distinct = str(most) if fewest == most else f"{fewest}-{most}"
    ranks = found.ranks(measure)
    rows = [
        [*position_cells(found, at, rank), three(100 * float(beyond)), distinct]
        for at, rank, beyond in zip(found.positions, ranks, found.beyond_kernel, strict=True)
    ]
    notes = [
        *found.remarks,
        f"{found.filter_layout} layout; energies over all channels, AC and DC apart; rank by {measure}",
        "beyond: imaginary part of bin 0 and, for even steps, of the last bin, which is in no kernel and acts through "
        "the complex mixing",
    ]
    return make_table(title, [Column(*head) for head in heads], rows, width=width, notes=notes)


def position_cells(found: Filters, at: Position, rank: int) -> list[str]:
    """Where one position is, and its energies."""
    energies = [f"{float(found.activity[name][at.row, at.col]):.3g}" for name in ENERGIES]
    return [f"{at.x:.0f},{at.y:.0f}", f"{at.col},{at.row}", str(rank), *energies]
