"""The paper's numbers, from the one data file that holds them."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

TOLERANCE = 0.03  # the paper rounds to whole GFLOPs, 2 % of its smallest; within 3 % a count is taken to explain it


@dataclass(frozen=True)
class Published:
    """A row of one of the paper's tables."""

    label: str
    part: str = ""  # of the table
    backbone: str = ""
    is_others: bool = False  # another author's model, as the paper lists it
    model: str | None = None  # None for what is published only
    frames: int | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    gflops: float | None = None  # of one view
    views: int | None = None
    top: Mapping[str, Sequence[float]] = field(default_factory=dict)  # data set -> top-1 and, where reported, top-5


@dataclass(frozen=True)
class PublishedTable:
    """One of the paper's tables."""

    number: int
    title: str
    rows: tuple[Published, ...]
    parts: Mapping[str, str]  # letter -> what its rows compare

    @property
    def datasets(self) -> tuple[str, ...]:
        """Those that accuracies are of."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.top))


@cache
def read_published() -> tuple[str, Mapping[int, PublishedTable]]:
    """The source, and the tables by number."""
    document = tomllib.loads(files("dtfviz").joinpath("assets/published.toml").read_text(encoding="utf-8"))
    tables = {int(number): read_table(int(number), table) for number, table in document["tables"].items()}
    return document["source"], tables


def read_table(number: int, table: Mapping[str, Any]) -> PublishedTable:
    """One table of the file."""
    return PublishedTable(
        number, table["title"], tuple(Published(**row) for row in table["rows"]), table.get("parts", {})
    )


def is_reported(model: str) -> bool:
    """Whether any row of the paper is about this model."""
    return any(row.model == model for table in read_published()[1].values() for row in table.rows)


def published_for(model: str, frames: int) -> Published | None:
    """The row that reports this model with this clip length, the operator in every block; one with views first."""
    rows = [row for table in read_published()[1].values() for row in table.rows]
    found = [row for row in rows if row.model == model and row.frames == frames and not row.arguments and row.gflops]
    return min(found, key=lambda row: row.views is None, default=None)


def explain_difference(gflops: float, counts: Mapping[str, float]) -> str:
    """The first way of counting that comes within the tolerance of a published number, and by how much it misses."""
    for way, count in counts.items():
        if abs(count / gflops - 1) <= TOLERANCE:
            return f"{way} {count / gflops - 1:+.1%}"
    return "unexplained"
