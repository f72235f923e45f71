import numpy as np
import pytest

from dtfviz.core.errors import OptionError
from dtfviz.core.render.style.colour import TABLE, choose_scale, overlay

MAPS = np.array([[[0.0, 2.0]], [[1.0, 4.0]]], np.float32)


def test_scales_span_the_clip_the_frame_or_what_is_asked():
    assert choose_scale("clip", float(MAPS.max())).share(MAPS[0]).tolist() == [[0, 0.5]]
    assert choose_scale("frame", float(MAPS.max())).share(MAPS[0]).tolist() == [[0, 1]]
    assert choose_scale("fixed:1,3", 0).share(MAPS[1]).tolist() == [[0, 1]]
    assert choose_scale("frame", float(MAPS.max())).share(np.zeros((1, 2), np.float32)).tolist() == [[0, 0]]


@pytest.mark.parametrize("wanted", ["fixed", "fixed:2,1", "fixed:a,b", "log", "fixed:1,2,3"])
def test_other_scales_are_refused(wanted):
    with pytest.raises(OptionError, match="fixed:a,b"):
        choose_scale(wanted, 1)


def test_the_low_end_is_transparent_and_the_hottest_place_keeps_the_footage():
    picture = np.full((1, 2, 3), (200, 100, 50), np.uint8)
    cold, hot = overlay(picture, np.array([[0.0, 1.0]], np.float32))[0].astype(int)
    grey = round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)
    ground = np.array([0.4 * channel + 0.6 * grey for channel in (200, 100, 50)])
    assert np.abs(cold - ground).max() <= 1
    assert np.abs(hot - (0.4 * ground + 0.6 * TABLE[255])).max() <= 1


def test_the_colours_grow_evenly_lighter():
    light = TABLE @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(light) > -1).all()
    assert light[0] < 5
    assert light[-1] > 200
