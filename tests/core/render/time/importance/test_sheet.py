from dataclasses import replace

import pytest
from frames import OneFrame, grey_clip
from pictures import assert_legible
from terminal import printed

import dtfviz
from dtfviz.core.media.clip import reorder
from dtfviz.core.render.time.importance.document import importance_document
from dtfviz.core.render.time.importance.sheet import importance_sheet, timeline
from dtfviz.core.render.time.importance.table import importance_table


@pytest.mark.parametrize("width", [3.3, 7.0])
@pytest.mark.parametrize("frames", [1, 5, 64])
def test_clips_of_any_length_have_a_legible_timeline(frames, width):
    assert_legible(
        importance_sheet(dtfviz.frame_importance(OneFrame(0, frames), grey_clip(*range(frames))), width=width)
    )


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_the_timeline_is_legible_and_says_what_it_shows(result, width):
    figure = importance_sheet(result, width=width)
    assert_legible(figure)
    assert "UNTRAINED" in [text.get_text() for text in figure.texts]
    assert "one (UNTRAINED)" in figure._supxlabel.get_text()
    film, drops, energy = figure.axes
    assert len(film.images) == (16 if width == 7.0 else 8)
    assert film.get_xlim() == drops.get_xlim() == energy.get_xlim()


def test_the_curves_are_the_drops_at_the_frames_times(result):
    lines = importance_sheet(result).axes[1].lines
    curve = next(line for line in lines if line.get_label() == "held")
    assert curve.get_xdata() == pytest.approx([n / 25 for n in range(16)])
    assert curve.get_ydata() == pytest.approx(result.held)


def test_frames_out_of_order_stand_at_their_places(result):
    turned = replace(result, clip=reorder(result.clip, "reversed"))
    assert timeline(turned)[0].tolist() == list(range(16))
    assert timeline(result)[1] == "seconds"


def test_a_model_without_a_map_says_so(result):
    bare = replace(result, cam=None)
    assert_legible(importance_sheet(bare))
    assert importance_document(bare)["energy"] is None
    assert "no map" in printed(importance_table(bare, 80))
