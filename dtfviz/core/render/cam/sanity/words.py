"""How likeness to the maps of shuffled weights is put into words."""

from collections.abc import Iterator

from dtfviz.core.results.sanity import Sanity

NO_CHANGE = "a map that does not change says nothing"


def sanity_lines(result: Sanity) -> Iterator[str]:
    """For the terminal: a number a part."""
    known = [
        f"{part or result.model} {'flat' if value is None else f'{value:.2f}'}"
        for part, value in zip(result.parts, result.known, strict=True)
    ]
    yield f"  rank correlation with the map when weights are shuffled from the top down to: {', '.join(known)}"
    yield f"  {NO_CHANGE}"
