"""Three counts as one word, such as 8x14x14: in time, down and across."""

import click

from dtfviz.core.counts import count_of

Grid = tuple[int, int, int]


def as_grid(context: click.Context, parameter: click.Parameter, text: str | None) -> Grid | None:
    """What an option was given; an error for what is no three counts."""
    if text is None:
        return None
    counts = [count_of(word) or 0 for word in text.lower().split("x")]
    if len(counts) != 3 or not all(counts):
        raise click.BadParameter(f"{text[:80]!r} is not three numbers as in 8x14x14", context, parameter)
    time, rows, columns = counts
    return time, rows, columns
