"""The areas under the curves of many videos as a CSV."""

import csv
from pathlib import Path

from dtfviz.core.results.faithfulness import CURVES, RANDOM, MapComparison

NAMED = ("video", "target", "layer", "method")
TESTED = ("model", "trust", "clip", "blurred")


def write_csv(result: MapComparison, path: Path) -> None:
    """A row a video and method."""
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.writer(file)
        writer.writerow([*NAMED, *CURVES, *TESTED, "error"])
        for row in result.rows:
            for method in (*row.curves, RANDOM):
                named = row.video, row.label, row.layer, method
                writer.writerow([*named, *row.areas(method), row.model, row.trust, *row.ends, ""])
        empty = [""] * (len(NAMED) - 1 + len(CURVES) + len(TESTED))
        writer.writerows([name, *empty, why] for name, why in result.skipped)
