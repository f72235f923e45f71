import numpy as np
import pytest
from found import full_filters
from pictures import assert_legible
from videos import write_video

from dtfviz.core.analysis.filters.activity import MEASURES
from dtfviz.core.errors import OptionError
from dtfviz.core.learning.datasets import MotionSet
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.render.filters.activity import WORDS, activity_sheet


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return read_clip(write_video(tmp_path_factory.mktemp("activity") / "walk.mp4", 20, size=(96, 64)), Sampling(16), 32)


def panels(figure):
    return {axes.get_title(): axes for axes in figure.axes if axes.get_title()}


def test_every_measure_has_words():
    assert set(WORDS) == set(MEASURES)


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_no_text_overlaps_another_or_leaves_the_picture(clip, width):
    assert_legible(activity_sheet([full_filters(clip)], width=width))
    assert_legible(activity_sheet([full_filters(clip)] * 2, ["layer2", "layer3"], width=width))


@pytest.mark.parametrize(("width", "tallest"), [(3.3, 9.8), (7.0, 6.5)])
def test_layers_of_one_clip_share_its_frame_and_its_map(width, tallest):
    """Of a square clip, four layers and what they share are five rows of two maps, or three of four."""
    drawn = MotionSet(size=64).clip(1)
    layers = [full_filters(drawn, layer=f"layer{number}") for number in range(1, 5)]
    figure = activity_sheet(layers, [found.layer for found in layers], width=width)
    assert_legible(figure)
    assert figure.get_figheight() <= tallest
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert titles == ["frame", "Grad-CAM", *["kernel, by change", "variance of feature"] * 4]


def test_the_chosen_measure_stands_beside_grad_cam_and_the_baselines(clip):
    found = full_filters(clip)
    shown = panels(activity_sheet([found], measure="effective"))
    assert list(shown)[:3] == ["frame", "Grad-CAM", "effective energy"]
    assert {"kernel energy", "whole filter energy", "variance of feature", "variance of pixels"} <= set(shown)
    chosen = shown["effective energy"]
    assert np.array_equal(chosen.images[0].get_array(), found.cells.by_pixel(found.activity["effective"]))
    assert chosen.images[0].get_extent() == [15.5, 79.5, 63.5, -0.5]
    assert chosen.get_xlabel() == "rank ■ {}  ● {}".format(*found.ranks("effective"))


def test_measures_that_were_not_taken_are_left_out_or_refused(clip):
    """Results of earlier versions lack those of kernels."""
    found = full_filters(clip, activity={name: np.ones((2, 4)) for name in ("raw", "raw_change", "pixel_variance")})
    shown = list(panels(activity_sheet([found], measure="raw_change")))
    assert shown == ["frame", "Grad-CAM", "whole filter, by change", "whole filter energy", "variance of pixels"]
    with pytest.raises(OptionError, match="kernel was not measured"):
        found.ranks("kernel")


def test_clips_of_one_layer_share_a_scale_and_layers_do_not(clip):
    one, other = full_filters(clip), full_filters(clip, activity={name: np.full((2, 4), 7.0) for name in WORDS})
    for layer, highest in (("layer3", [7, 7]), ("layer2", [one.activity["kernel_change"].max(), 7])):
        figure = activity_sheet([full_filters(clip, layer=layer), other], ["a", "b"])
        maps = [axes.images[0] for axes in figure.axes if axes.get_title() == "kernel, by change"]
        assert [shown.get_clim()[1] for shown in maps] == pytest.approx(highest)
