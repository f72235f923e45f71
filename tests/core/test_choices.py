"""What options offer is what core does: each set of words stands once, and what is done for each somewhere else."""

from frames import grey_clip

from dtfviz.core import choices
from dtfviz.core.analysis.cam.gradcam import OURS, PACKAGED
from dtfviz.core.analysis.filters.activity import MEASURES
from dtfviz.core.learning.recipes import RECIPES
from dtfviz.core.media.clip import ordered
from dtfviz.core.media.crop import choose_box
from dtfviz.core.media.motion import RUNS
from dtfviz.core.render.filters.responses import VIEWS
from dtfviz.core.render.style.figures import FIGURES


def test_every_method_measure_view_form_and_motion_is_one_that_is_known():
    assert set(choices.METHODS) == {*OURS, *PACKAGED}
    assert set(choices.MEASURES) == set(MEASURES)
    assert choices.DEFAULT_MEASURE in MEASURES
    assert set(choices.VIEWS) == set(VIEWS)
    assert {f".{form}" for form in choices.FORMS} == set(FIGURES)
    assert tuple(RUNS) == choices.MOTIONS
    assert set(choices.RECIPES) == set(RECIPES)


def test_every_order_and_crop_can_be_taken():
    assert all(len(ordered(4, order)) == 4 for order in choices.ORDERS)
    assert all(choose_box(grey_clip(0).video, crop).width == 8 for crop in choices.CROPS)
    assert set(choices.THREE) < set(choices.CROPS)
