import pytest
from pictures import assert_legible

from dtfviz.core.render.reach.sheet import reach_sheet


def words_of(figure):
    return [text.get_text() for text in figure.texts]


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_the_sheet_can_be_read_and_says_what_was_measured(reach, width):
    figure = reach_sheet(reach, width=width)
    assert_legible(figure)
    where, when, both = figure.axes[:3]
    assert where.get_title(loc="left") == f"where: 90 % from {reach.areas[0.9]} px²"
    assert when.get_title(loc="left") == f"when: 12 of 16 frames, 90 % from {reach.durations[0.9]}"
    assert len(when.collections[0].get_segments()) == 12  # a stem for each frame from which anything comes
    assert when.get_xlim() == both.get_xlim() == (-0.5, 15.5)
    assert where.images[0].norm.vmin == both.images[0].norm.vmin  # one scale
    assert "UNTRAINED" in words_of(figure)
    assert "clips of noise: 2" in figure._supxlabel.get_text()


def test_the_dashed_outline_is_what_can_be_reached(reach):
    figure = reach_sheet(reach, has_caption=False)
    (box,) = figure.axes[0].patches
    assert (box.get_xy(), box.get_width(), box.get_height()) == ((12.5, 12.5), 11, 11)
    assert figure._supxlabel is None
