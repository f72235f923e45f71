"""Deletion and insertion curves as JSON documents."""

from dataclasses import asdict
from pathlib import Path

import numpy as np

from dtfviz.core.render.style.document import Document, write_document
from dtfviz.core.results.faithfulness import CURVES, KEPT, RANDOM, Faithfulness, MapComparison

UNITS = {
    "shares": "of the clip that are blurred (deletion) or brought back (insertion): frames in time, every frame's "
    "pixels in space",
    "curves, controls": "probability of the target's class (of a difference, of the first), a list a curve: "
    + ", ".join(CURVES),
    "areas": "under the curves: small is good for deletion, large for insertion",
    "random": "areas of random maps on the same grid: mean and standard deviation",
    "ends": "probability of the class in the clip and in the blurred clip, between which all curves run",
    "is_telling": f"false where the blurred clip keeps {KEPT:.0%} of it: then no area says anything of a map",
    "differences": "areas less those of the random maps: mean; low and high are the least and the greatest over one "
    "clip's random maps (one more would lie outside in 2 of n + 1 cases), over several clips the 95 % interval",
}


def faithfulness_document(result: Faithfulness) -> Document:
    """`Faithfulness.read` understands it."""
    areas = {method: dict(zip(CURVES, result.areas(method).tolist(), strict=True)) for method in result.curves}
    spread = [float(value) if np.isfinite(value) else None for value in result.control_spread]
    random = {
        curve: {"mean": float(mean), "sd": sd}
        for curve, mean, sd in zip(CURVES, result.control_areas.mean(axis=0), spread, strict=True)
    }
    alone = MapComparison(result.video, (result,))
    differences = {method: differences_of(alone, method) for method in result.curves}
    facts = {"areas": areas, "random": random, "ends": list(result.ends), "is_telling": result.is_telling}
    return asdict(result) | facts | {"differences": differences, "units": UNITS}


def differences_of(result: MapComparison, method: str) -> Document:
    """By curve."""
    return {curve: asdict(result.difference(method, which)) for which, curve in enumerate(CURVES)}


def comparison_document(result: MapComparison) -> Document:
    """All numbers, with means over the clips."""
    methods = (*result.methods, RANDOM)
    means = {
        method: {curve: asdict(result.interval(method, which)) for which, curve in enumerate(CURVES)}
        for method in methods
    }
    rows = [{key: value for key, value in faithfulness_document(row).items() if key != "units"} for row in result.rows]
    head = {"model": result.one.model, "trust": result.one.trust, "source": result.source, "units": UNITS}
    differences = {method: differences_of(result, method) for method in result.methods}
    return head | {"means": means, "differences": differences, "skipped": result.skipped, "rows": rows}


def read_comparison(stored: Document) -> MapComparison:
    """From such a document."""
    skipped = tuple((name, why) for name, why in stored["skipped"])
    return MapComparison(stored["source"], tuple(map(Faithfulness.read, stored["rows"])), skipped)


def write_faithfulness(result: Faithfulness, path: Path) -> None:
    write_document(faithfulness_document(result), path)


def write_comparison(result: MapComparison, path: Path) -> None:
    write_document(comparison_document(result), path)
