"""The temporal tests of many videos as a CSV."""

import csv
from pathlib import Path

from dtfviz.core.render.style.document import Document
from dtfviz.core.results.temporal_tests import QUANTITIES, Row, TemporalSurvey


def write_csv(survey: TemporalSurvey, path: Path) -> None:
    """A row a video: every quantity of every change, with the shuffles' standard deviation; what could not be analysed
    comes last.
    """
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        lines = [flat(row) | {"model": survey.model, "trust": survey.trust} for row in survey.rows]
        writer = csv.DictWriter(file, [*lines[0], "error"])
        writer.writeheader()
        writer.writerows(lines)
        writer.writerows({"video": video, "error": reason} for video, reason in survey.skipped)


def flat(row: Row) -> Document:
    """One video as a row of cells."""
    cells: Document = {
        "video": row.video,
        "top": row.top.label,
        "probability": row.top.probability,
        "aim": row.aim.label,
    }
    for effect in row.effects:
        for quantity in QUANTITIES:
            cells[f"{effect.change}_{quantity}"] = effect.mean(quantity)
            if len(effect.kl) > 1:
                cells[f"{effect.change}_{quantity}_sd"] = effect.spread(quantity)
    return cells
