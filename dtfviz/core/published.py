"""The paper's numbers, from the one data file that holds them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

TOLERANCE = 0.03  # the paper rounds to whole GFLOPs, 2 % of its smallest; within 3 % a count is taken to explain it


@dataclass(frozen=True)
class Published:
    """A row of one of the paper's tables."""

    table: int
    label: str
    model: str | None = None  # None for other authors' methods, which are published only
    frames: int | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    views: str | None = None
    gflops: float | None = None  # of one view


def read_published() -> tuple[str, Mapping[int, str], tuple[Published, ...]]:
    """The source, what each table is about, and all rows."""
    document = tomllib.loads(files("dtfviz").joinpath("assets/published.toml").read_text(encoding="utf-8"))
    titles = {int(number): title for number, title in document["tables"].items()}
    return document["source"], titles, tuple(Published(**row) for row in document["row"])


def published_for(model: str, frames: int) -> Published | None:
    """The row that reports this model with this clip length, the operator in every block."""
    rows = read_published()[2]
    return next(
        (row for row in rows if row.model == model and not row.arguments and row.gflops and row.frames == frames), None
    )


def explain_difference(gflops: float, counts: Mapping[str, float]) -> str:
    """The first way of counting that comes within the tolerance of a published number, and by how much it misses."""
    for way, count in counts.items():
        if abs(count / gflops - 1) <= TOLERANCE:
            return f"{way} {count / gflops - 1:+.1%}"
    return "unexplained"
