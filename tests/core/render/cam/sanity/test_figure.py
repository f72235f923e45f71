import json
from dataclasses import replace

import pytest
from pictures import assert_legible

import dtfviz
from dtfviz.core.render.cam.sanity.figure import sanity_chart
from dtfviz.core.render.cam.sanity.words import sanity_lines
from dtfviz.core.results.sanity import Sanity

PARTS = ("model.head", *(f"model.features.{number}" for number in range(6, -1, -1)), "model.patch_embed.projection", "")
FOUND = Sanity(
    "net", "UNTRAINED", "", "v.mp4", "swinging a golf club over the shoulder", "layer3", "gradcam", 5, PARTS,
    (0.9, 0.7, float("nan"), 0.4, 0.2, -0.1, -0.3, 0.1, 0.0, 0.05),
)  # fmt: skip


@pytest.mark.parametrize("width", [3.3, 7.0])
@pytest.mark.parametrize("count", [1, 10, 20])
def test_the_chart_is_legible_and_says_what_it_shows(width, count):
    figure = sanity_chart(
        replace(FOUND, parts=(PARTS * 2)[:count], correlations=(FOUND.correlations * 2)[:count]), width=width
    )
    assert_legible(figure)
    assert "UNTRAINED" in [text.get_text() for text in figure.texts]
    assert all(
        word in figure._supxlabel.get_text() for word in ("net (UNTRAINED)", "gradcam at layer3", "says nothing")
    )


def test_the_curve_begins_with_the_map_itself():
    line = sanity_chart(FOUND).axes[0].lines[1]
    assert line.get_ydata() == pytest.approx((1, *FOUND.correlations), nan_ok=True)


def test_the_document_holds_the_numbers_and_nothing_for_a_flat_map(tmp_path):
    document = json.loads(dtfviz.save(FOUND, tmp_path / "s.json").read_text())
    assert document["correlations"] == list(FOUND.known)
    assert document["correlations"][2] is None
    assert "model.head 0.90, model.features.6 0.70, model.features.5 flat" in " ".join(sanity_lines(FOUND))
