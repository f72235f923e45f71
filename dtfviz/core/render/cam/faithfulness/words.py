"""How an area and a target are put into words."""

import numpy as np

from dtfviz.core.render.style.figures import shorten
from dtfviz.core.results.faithfulness import RANDOM, MapComparison


def number(result: MapComparison, method: str, which: int) -> str:
    """An area ± half of its interval over clips, or of a single clip's random maps their standard deviation."""
    found, spread = result.interval(method, which), float(result.one.control_spread[which])
    if found.low is not None and found.high is not None:
        return f"{found.mean:.2f} ± {(found.high - found.low) / 2:.2f}"
    return f"{found.mean:.2f} ± {spread:.2f}" if method == RANDOM and np.isfinite(spread) else f"{found.mean:.2f}"


def whose(result: MapComparison) -> str:
    """The class that the curves are of."""
    labels = {row.label for row in result.rows}
    return shorten(labels.pop(), 16) if len(labels) == 1 else "the target"
