"""Numbers of options: finite, and never larger than anything there is to count or measure."""

from __future__ import annotations

from math import isfinite
from typing import Any

import click

MOST = 10**9
LONGEST = 40  # characters of a number


class Count(click.IntRange):
    """A whole number. Where no most is stated there is one all the same."""

    def __init__(self, least: int = 1, most: int | None = None) -> None:
        super().__init__(least, most)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        check_length(value, self, param, ctx)
        count: int = super().convert(value, param, ctx)
        if count > MOST:
            self.fail(f"{count} is more than {MOST:,}", param, ctx)
        return count


class Number(click.FloatRange):
    """A finite number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        check_length(value, self, param, ctx)
        number: float = super().convert(value, param, ctx)
        if not isfinite(number) or abs(number) > MOST:
            self.fail(f"{value!r} is not a finite number of at most {MOST:,}", param, ctx)
        return number


SEED = Count(0, MOST)


def check_length(value: Any, kind: click.ParamType, param: click.Parameter | None, ctx: click.Context | None) -> None:  # type: ignore[type-arg]  # generic only from click 8.2 on
    """An error for what is too long for a number, without reading or repeating all of it."""
    if isinstance(value, str) and len(value) > LONGEST:
        kind.fail(f"{value[:LONGEST]!r}... is not a number that can be meant", param, ctx)


def finite(text: str) -> float:
    """A part of a word as a number; a ValueError for what is none."""
    number = float(text) if len(text) <= LONGEST else float("nan")
    if not abs(number) <= MOST:
        raise ValueError(f"{text[:LONGEST]!r} is not a finite number")
    return number
