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


def warning(result: MapComparison) -> str:
    """That areas say nothing of the maps, where they do not; otherwise nothing."""
    count, whole = len(result.untold), len(result.rows)
    if not count:
        return ""
    if whole > 1:
        return f"{count} of {whole} videos test no map: blurred, they have the class already"
    clip, blurred = result.one.ends
    return f"no test of the map: the blurred clip has the class already ({blurred:.2f}, the clip {clip:.2f})"


def difference(result: MapComparison, method: str, which: int) -> tuple[str, str]:
    """A method's area less the random maps', and its interval."""
    found = result.difference(method, which)
    if found.low is None or found.high is None:
        return f"{found.mean:+.2f}", "-"
    return f"{found.mean:+.2f}", f"{found.low:+.2f}, {found.high:+.2f}"


def interval_words(result: MapComparison) -> str:
    """What the interval of a difference is."""
    if len(result.rows) > 1:
        return "95 % interval over the videos"
    count = len(result.one.controls)
    return f"least and greatest over {count} random maps" if count > 1 else "none of one random map"


def whose(result: MapComparison) -> str:
    """The class that the curves are of."""
    labels = {row.label for row in result.rows}
    return shorten(labels.pop(), 16) if len(labels) == 1 else "the target"
