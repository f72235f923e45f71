import csv
import io
import json

import pytest
from pictures import assert_legible
from rich.console import Console

import dtfviz
from dtfviz.core.render.cam.faithfulness import LOOKS, faithfulness_chart, faithfulness_table, read_comparison
from dtfviz.core.results.faithfulness import CURVES, Faithfulness, MapComparison

METHODS = ("gradcam", "layercam", "elementwise", "eigengradcam")


@pytest.fixture
def tested():
    curves = {method: tuple((0.1 * n, 0.5, 0.8) for _ in CURVES) for n, method in enumerate(METHODS)}
    controls = tuple(tuple((level, 0.4, 0.6) for _ in CURVES) for level in (0.0, 0.4))
    label = "swinging a golf club over the shoulder"
    return Faithfulness("net", "UNTRAINED", "", "v.mp4", label, "layer3", 0, (0.0, 0.5, 1.0), curves, controls)


@pytest.mark.parametrize("width", [3.3, 7.0])
@pytest.mark.parametrize("clips", [1, 3])
def test_the_chart_is_legible_and_says_what_it_shows(tested, width, clips):
    figure = faithfulness_chart(MapComparison("videos", (tested,) * clips), width=width)
    assert_legible(figure)
    assert "UNTRAINED" in [text.get_text() for text in figure.texts]
    assert all(word in figure._supxlabel.get_text() for word in ("net (UNTRAINED)", "layer3", "2 random maps"))
    assert len(LOOKS) == len(METHODS)


def test_the_curves_are_drawn_as_they_are(tested):
    axes = faithfulness_chart(MapComparison("v.mp4", (tested,))).axes[2]
    assert axes.lines[0].get_ydata() == pytest.approx([0.2, 0.4, 0.6])  # the random maps' mean
    assert axes.lines[2].get_ydata() == pytest.approx([0.1, 0.5, 0.8])


def printed(table):
    console = Console(file=io.StringIO(), width=80)
    console.print(table)
    return console.file.getvalue()


def test_the_table_has_a_row_a_method_and_fits_a_terminal(tested):
    text = printed(faithfulness_table(MapComparison("v.mp4", (tested,)), 80))
    assert "gradcam 0.45 0.45 0.45 0.45" in " ".join(text.split())  # (0 + .5) / 4 + (.5 + .8) / 4
    assert "random map 0.40 ± 0.07 0.40 ± 0.07" in " ".join(text.split())
    several = printed(faithfulness_table(MapComparison("videos", (tested,) * 12), 80))
    assert "left out" not in several
    assert "net, UNTRAINED; layer3" in several


def test_the_document_gives_the_comparison_back(tested, tmp_path):
    result = MapComparison("videos", (tested, tested), (("broken.mp4", "cannot be read"),))
    document = json.loads(dtfviz.save(result, tmp_path / "f.json").read_text())
    assert read_comparison(document) == result
    assert document["means"]["layercam"]["insertion in space"]["mean"] == pytest.approx(0.475)
    assert json.loads(dtfviz.save(tested, tmp_path / "one.json").read_text())["random"]["deletion in time"][
        "mean"
    ] == pytest.approx(0.4)


def test_the_csv_has_a_row_a_video_and_method(tested, tmp_path):
    result = MapComparison("videos", (tested, tested), (("broken.mp4", "cannot be read"),))
    with dtfviz.save(result, tmp_path / "f.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["method"] for row in rows] == [*METHODS, "random map"] * 2 + [""]
    assert (float(rows[0]["deletion in time"]), rows[0]["trust"], rows[-1]["error"]) == (
        pytest.approx(0.45),
        "UNTRAINED",
        "cannot be read",
    )
