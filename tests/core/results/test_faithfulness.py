import json
from dataclasses import asdict

import numpy as np
import pytest

from dtfviz.core.results.faithfulness import RANDOM, Faithfulness, MapComparison

FLAT, RAMP = (0.5, 0.5, 0.5), (0.0, 0.5, 1.0)


def made(area=0.5, controls=((FLAT, RAMP, FLAT, FLAT), (FLAT, FLAT, FLAT, (1.0, 1.0, 1.0)))):
    curves = {"gradcam": ((area,) * 3, RAMP, (1.0, 0.0, 0.0), FLAT)}
    return Faithfulness("net", "trained", "", "v.mp4", "walking", "layer3", 0, (0.0, 0.5, 1.0), curves, controls)


def test_areas_are_those_of_trapezoids():
    found = made()
    assert found.areas("gradcam").tolist() == [0.5, 0.5, 0.25, 0.5]
    assert found.areas(RANDOM).tolist() == [0.5, 0.5, 0.5, 0.75]
    assert found.control_spread == pytest.approx([0, 0, 0, np.std([0.5, 1], ddof=1)])
    assert np.isnan(made(controls=((FLAT,) * 4,)).control_spread).all()


@pytest.mark.parametrize(("blurred", "is_telling"), [(0.55, False), (0.42, False), (0.41, True), (0.0, True)])
def test_a_blurred_clip_that_has_the_class_already_tests_no_map(blurred, is_telling):
    """Curves run from 0.52 to what blurring leaves: .8 of it is .416."""
    lines = ((0.52, 0.5, blurred), (blurred, 0.5, 0.52)) * 2
    found = made(controls=(lines,))
    assert found.ends == (0.52, blurred)
    assert found.is_telling is is_telling
    assert MapComparison("videos", (found, found)).untold == (() if is_telling else (found, found))


def test_they_come_back_from_json_as_they_were():
    assert Faithfulness.read(json.loads(json.dumps(asdict(made())))) == made()


def test_over_several_clips_curves_are_means_and_areas_have_intervals():
    both = MapComparison("videos", (made(0.2), made(0.4), made(0.6)))
    assert both.curve("gradcam", 0) == pytest.approx([0.4] * 3)
    assert both.interval("gradcam", 0).mean == pytest.approx(0.4)
    assert (both.interval("gradcam", 0).low, both.interval("gradcam", 0).high) == pytest.approx((0.2, 0.6))
    mean, spread = both.control(1)
    assert mean == pytest.approx([0.25, 0.5, 0.75])
    assert spread == pytest.approx([np.std([0, 0.5], ddof=1), 0, np.std([0.5, 1], ddof=1)])
    assert both.methods == ("gradcam",)


def test_of_one_clip_the_difference_reaches_over_its_random_maps():
    found = MapComparison("v.mp4", (made(0.3, controls=((FLAT,) * 4, ((1.0,) * 3, *(FLAT,) * 3), ((0.0,) * 3,) * 4)),))
    less = found.difference("gradcam", 0)
    assert (less.mean, less.low, less.high) == pytest.approx((0.3 - 0.5, 0.3 - 1, 0.3))
    assert MapComparison("v.mp4", (made(controls=((FLAT,) * 4,)),)).difference("gradcam", 0).low is None


def test_over_several_clips_the_difference_has_the_bootstraps_interval():
    """Each clip's random maps have a mean area of 1/2: what differs is the method's."""
    less = MapComparison("videos", (made(0.2), made(0.6), made(0.7))).difference("gradcam", 0)
    areas = MapComparison("videos", (made(0.2), made(0.6), made(0.7))).interval("gradcam", 0)
    assert (less.mean, less.low, less.high) == pytest.approx((areas.mean - 0.5, areas.low - 0.5, areas.high - 0.5))
    assert less.low < 0 < less.high


def test_one_more_random_map_lies_outside_as_often_as_is_said():
    """Of 5 exchangeable values the last is the least or the greatest in 2 of 5 cases."""
    areas = np.random.default_rng(0).random((2000, 5)).tolist()
    outside = 0
    for *others, one in areas:
        controls = tuple(((area,) * 3,) + (FLAT,) * 3 for area in others)
        less = MapComparison("v.mp4", (made(one, controls=controls),)).difference("gradcam", 0)
        outside += not less.low <= 0 <= less.high
    assert outside / len(areas) == pytest.approx(2 / 5, abs=3 * (0.24 / len(areas)) ** 0.5)
