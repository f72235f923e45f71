import csv

import pytest
from found import METHODS

import dtfviz
from dtfviz.core.results.faithfulness import MapComparison


def test_the_csv_has_a_row_a_video_and_method(tested, tmp_path):
    result = MapComparison("videos", (tested, tested), (("broken.mp4", "cannot be read"),))
    with dtfviz.save(result, tmp_path / "f.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["method"] for row in rows] == [*METHODS, "random map"] * 2 + [""]
    assert (rows[0]["clip"], rows[0]["blurred"], rows[-1]["blurred"]) == ("0.0", "0.6", "")
    assert (float(rows[0]["deletion in time"]), rows[0]["trust"], rows[-1]["error"]) == (
        pytest.approx(0.45),
        "UNTRAINED",
        "cannot be read",
    )
