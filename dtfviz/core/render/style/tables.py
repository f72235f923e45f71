"""Tables in the terminal: numbers to the right, no vertical rules, columns dropped from the right where the line is
too short.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

from rich.box import Box
from rich.console import Group, JustifyMethod
from rich.table import Table
from rich.text import Text

from dtfviz.core.escaping import escape

RULES = Box("    \n    \n ── \n    \n ── \n    \n    \n    \n")  # one rule under the heads, one between sections
GAP = 2  # between columns; one of it is the divider of the box


@dataclass(frozen=True)
class Column:
    """A head and, beneath it, a unit."""

    name: str
    unit: str = ""
    is_text: bool = False

    @property
    def head(self) -> str:
        return "\n".join(escape(part) for part in (self.name, self.unit) if part)


def make_table(
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    width: int,
    totals: int = 0,
    notes: Sequence[str] = (),
) -> Group:
    """Rows of text under their columns; the last `totals` rows are bold; notes stand beneath. No text is markup."""
    rows = [[escape(cell) for cell in row] for row in rows]
    shown, dropped = fit(columns, rows, width)
    table = Table(box=RULES, padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False)
    for column in columns[:shown]:
        side: JustifyMethod = "left" if column.is_text else "right"
        table.add_column(Text(column.head), justify=side, no_wrap=True, vertical="bottom")
    for place, row in enumerate(rows, start=totals - len(rows)):  # from 0 on there are totals
        table.add_row(*map(Text, row[:shown]), style="bold" if place >= 0 else None, end_section=place == -1)
    if dropped:
        notes = [*notes, f"left out at {width} characters: {', '.join(dropped)}"]
    return Group(
        Text(escape(title), style="bold", no_wrap=True, overflow="ellipsis"),
        table,
        *[make_line(note, "dim") for note in notes],
    )


def make_line(text: str, style: str = "") -> Text:
    """A line of text beside a table."""
    return Text(escape(text), style)


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


def giga(value: float) -> str:
    """In units of 10^9."""
    return three(value / 1e9)


def mega(value: float) -> str:
    """In units of 10^6."""
    return three(value / 1e6)


def three(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value == 0:
        return "0"
    digits = max(0, 2 - floor(log10(abs(value))))
    return f"{value:.{min(digits, 6)}f}"


def clip_names(names: Sequence[str], width: int) -> str:
    """As many names as fit, and dots for the rest."""
    text = ", ".join(names)
    return text if len(text) <= width else text[: max(0, width - 3)] + "..."
