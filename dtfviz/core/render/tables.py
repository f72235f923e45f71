"""Tables in the terminal: numbers to the right, no vertical rules, columns dropped from the right where the line is too short."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import Box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from dtfviz.core.results.layers import Layers

RULES = Box("    \n    \n ── \n    \n ── \n    \n    \n    \n")  # one rule under the heads, one between sections
GAP = 2


@dataclass(frozen=True)
class Column:
    name: str
    unit: str = ""
    is_text: bool = False

    @property
    def head(self) -> str:
        return f"{self.name}\n{self.unit}" if self.unit else self.name


def make_table(
    title: str, columns: Sequence[Column], rows: Sequence[Sequence[str]], *, width: int, totals: int = 0, notes: Sequence[str] = ()
) -> Group:
    """Rows of text under their columns; the last `totals` rows are bold; notes stand beneath."""
    shown, dropped = fit(columns, rows, width)
    table = Table(box=RULES, title=title, title_justify="left", title_style="bold", padding=(0, GAP, 0, 0), pad_edge=False, show_edge=False)
    for column in columns[:shown]:
        table.add_column(column.head, justify="left" if column.is_text else "right", no_wrap=True, vertical="bottom")
    for index, row in enumerate(rows):
        is_total = index >= len(rows) - totals
        table.add_row(*row[:shown], style="bold" if is_total else None, end_section=index == len(rows) - totals - 1)
    if dropped:
        notes = [*notes, f"left out at {width} characters: {', '.join(dropped)}"]
    return Group(table, *[Text(note, style="dim") for note in notes])


def fit(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> tuple[int, list[str]]:
    """How many columns fit, and the names of those that do not; the first always stays."""
    widths = [
        max([*(len(line) for line in column.head.split("\n")), *(len(row[index]) for row in rows)]) + GAP
        for index, column in enumerate(columns)
    ]
    shown = len(columns)
    while shown > 1 and sum(widths[:shown]) - GAP > width:
        shown -= 1
    return shown, [column.name for column in columns[shown:]]


def layer_table(result: Layers, width: int) -> Group:
    columns = [Column("layer", is_text=True), *(Column(axis) for axis in "CTHW"), Column("temporal operator", is_text=True)]
    rows = [[layer.name, *map(str, layer.shape), layer.temporal or ""] for layer in result.layers]
    has_any = any(layer.temporal for layer in result.layers)
    kind = f"{result.temporal}, {result.filter_layout} filter layout" if has_any else "none: a per-frame model"
    return make_table(
        f"{result.model} · {result.frames} frames at {result.size} x {result.size}",
        columns,
        rows,
        width=width,
        notes=[f"temporal operator: {kind}", f"T counts steps; default layer: {result.default}"],
    )
