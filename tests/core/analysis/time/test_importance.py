import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from frames import OneFrame, grey_clip

import dtfviz
from dtfviz.core.analysis.time.importance import before, blur, versions
from dtfviz.core.errors import OptionError


def log_bright(z):
    return -math.log1p(math.exp(-z))


def test_only_the_frame_that_a_net_sees_counts_and_by_as_much_as_its_hold_changes():
    """The third frame is 3/5, the one before it 1/5; grey frames cannot be blurred."""
    result = dtfviz.frame_importance(OneFrame(2), grey_clip(0, 51, 153, 255))
    expected = log_bright(0.6) - log_bright(0.2)
    assert result.target.label == "bright"
    assert result.held.tolist() == [0, 0, pytest.approx(expected, rel=1e-6), 0]
    assert not result.blurred.any()
    assert result.cam.target.plus == 1


def test_a_blurred_frame_counts_where_blur_changes_what_is_seen():
    clip = grey_clip(0, 0, 0)
    clip.frames[1, 0, 0] = 255  # a corner, whose mirror image beyond the border blurs back in
    result = dtfviz.frame_importance(OneFrame(1, 3), clip)
    seen, left = (float(frames[1].mean()) / 255 for frames in (clip.frames, blur(clip).frames))
    assert result.blurred.tolist() == [0, pytest.approx(log_bright(seen) - log_bright(left), rel=1e-4), 0]


def test_the_first_frame_takes_the_second():
    result = dtfviz.frame_importance(OneFrame(0), grey_clip(255, 0, 0, 0))
    assert result.held.tolist() == [pytest.approx(log_bright(1) - log_bright(0), rel=1e-6), 0, 0, 0]
    assert (before(4), before(1)) == ([1, 0, 1, 2], [0])


def test_of_a_still_clip_no_frame_counts():
    result = dtfviz.frame_importance(OneFrame(None), grey_clip(90, 90, 90, 90), "dark")
    assert (result.target.label, result.target.index) == ("dark", 0)
    assert not result.held.any()
    assert not result.blurred.any()


def test_each_version_differs_from_the_clip_in_one_frame():
    x, soft = torch.arange(4.0).view(1, 1, 4, 1, 1), torch.full((1, 1, 4, 1, 1), 9.0)
    rows = [version.flatten().tolist() for version in versions(x, soft)]
    assert rows[:3] == [[0, 1, 2, 3], [1, 1, 2, 3], [0, 0, 2, 3]]
    assert rows[5:] == [[9, 1, 2, 3], [0, 9, 2, 3], [0, 1, 9, 3], [0, 1, 2, 9]]


def test_blurred_frames_keep_their_mean_and_lose_their_shapes():
    clip = grey_clip(0, size=64)
    clip.frames[0, 4::8] = 240
    soft = blur(clip).frames[0].astype(float)
    assert soft.mean() == pytest.approx(30, abs=1)  # borders are mirrored
    assert np.ptp(soft) < 10


def test_a_model_without_layers_has_no_map():
    model = OneFrame(0)
    model.card = replace(model.card, layers=(), default_layer="")
    assert dtfviz.frame_importance(model, grey_clip(1, 2, 3, 4)).cam is None


def test_wishes_that_cannot_be_met():
    with pytest.raises(OptionError, match="no class is called 'jumping'"):
        dtfviz.frame_importance(OneFrame(0), grey_clip(1, 2, 3, 4), "jumping")
    with pytest.raises(OptionError, match="no layer called 'ey'"):
        dtfviz.frame_importance(OneFrame(0), grey_clip(1, 2, 3, 4), layer="ey")
