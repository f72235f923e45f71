import pytest
from found import METHODS
from pictures import assert_legible

from dtfviz.core.render.cam.faithfulness.figure import LOOKS, faithfulness_chart
from dtfviz.core.results.faithfulness import MapComparison


@pytest.mark.parametrize("width", [3.3, 7.0])
@pytest.mark.parametrize("clips", [1, 3])
def test_the_chart_is_legible_and_says_what_it_shows(tested, width, clips):
    figure = faithfulness_chart(MapComparison("videos", (tested,) * clips), width=width)
    assert_legible(figure)
    assert "UNTRAINED" in [text.get_text() for text in figure.texts]
    assert all(word in figure._supxlabel.get_text() for word in ("net (UNTRAINED)", "layer3", "2 random maps"))
    assert ("no map" if clips > 1 else "no test of the map") in figure._suptitle.get_text()
    assert len(LOOKS) == len(METHODS)


def test_the_curves_are_drawn_as_they_are(tested):
    axes = faithfulness_chart(MapComparison("v.mp4", (tested,))).axes[2]
    assert axes.lines[0].get_ydata() == pytest.approx([0.2, 0.4, 0.6])  # the random maps' mean
    assert axes.lines[2].get_ydata() == pytest.approx([0.1, 0.5, 0.8])
