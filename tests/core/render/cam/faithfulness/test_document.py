import json

import pytest

import dtfviz
from dtfviz.core.render.cam.faithfulness.document import read_comparison
from dtfviz.core.results.faithfulness import MapComparison


def test_the_document_gives_the_comparison_back(tested, tmp_path):
    result = MapComparison("videos", (tested, tested), (("broken.mp4", "cannot be read"),))
    document = json.loads(dtfviz.save(result, tmp_path / "f.json").read_text())
    assert read_comparison(document) == result
    assert document["means"]["layercam"]["insertion in space"]["mean"] == pytest.approx(0.475)
    assert [(row["ends"], row["is_telling"]) for row in document["rows"]] == [([0, 0.6], False)] * 2
    assert document["differences"]["layercam"]["insertion in space"]["mean"] == pytest.approx(0.075)
    assert json.loads(dtfviz.save(tested, tmp_path / "one.json").read_text())["random"]["deletion in time"][
        "mean"
    ] == pytest.approx(0.4)
