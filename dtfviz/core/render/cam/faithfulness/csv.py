"""The areas under the curves of many videos as a CSV."""

import csv
from pathlib import Path

from dtfviz.core.results.faithfulness import CURVES, RANDOM, MapComparison


def write_csv(result: MapComparison, path: Path) -> None:
    """A row a video and method."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["video", "target", "layer", "method", *CURVES, "model", "trust", "error"])
        for row in result.rows:
            for method in (*row.curves, RANDOM):
                writer.writerow([row.video, row.label, row.layer, method, *row.areas(method), row.model, row.trust, ""])
        writer.writerows([name, *[""] * (len(CURVES) + 5), why] for name, why in result.skipped)
