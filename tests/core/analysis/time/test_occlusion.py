import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from frames import OneFrame, grey_clip

import dtfviz
from dtfviz.core.analysis.time import occlusion as analysis
from dtfviz.core.analysis.time.occlusion import versions
from dtfviz.core.errors import OptionError
from dtfviz.core.results.occlusion import Occlusion


def log_bright(z):
    return -math.log1p(math.exp(-z))


@pytest.fixture
def black(monkeypatch):
    """What is blurred becomes black: then the brightness that is left can be worked out."""
    monkeypatch.setattr(analysis, "blur", lambda clip: replace(clip, frames=np.zeros_like(clip.frames)))


def test_only_cells_of_what_a_net_sees_count_and_by_what_they_hold(black):
    """The third of 4 frames is seen; its top left quarter is bright, so it alone holds the answer."""
    clip = grey_clip(0, 0, 0, 0)
    clip.frames[2, :4, :4] = 255
    found = dtfviz.occlusion(OneFrame(2), clip, "bright", cells=(2, 2, 2))
    expected = np.zeros((2, 2, 2))
    expected[1, 0, 0] = log_bright(0.25) - log_bright(0)
    assert found.drops == pytest.approx(expected, rel=1e-6)
    assert found.peak == (slice(2, 4), slice(0, 4), slice(0, 4))


def test_one_cell_is_the_whole_clip_and_as_many_as_frames_are_the_frames(black):
    clip, model = grey_clip(0, 51, 153, 255), OneFrame(None)
    whole = dtfviz.occlusion(model, clip, "bright", cells=(1, 1, 1))
    assert whole.drops.item() == pytest.approx(log_bright(0.45) - log_bright(0), rel=1e-6)
    frames = dtfviz.occlusion(model, clip, "bright", cells=(4, 1, 1)).drops.ravel()
    assert frames == pytest.approx([log_bright(0.45) - log_bright(0.45 - n / 20) for n in (0, 1, 3, 5)], rel=1e-6)


def test_blurred_frames_are_those_of_frame_importance():
    clip = grey_clip(0, 0, 0, 0)
    clip.frames[:] = np.random.default_rng(0).integers(0, 255, clip.frames.shape)
    found = dtfviz.occlusion(OneFrame(None), clip, "dark", cells=(4, 1, 1)).drops.ravel()
    assert found == pytest.approx(dtfviz.frame_importance(OneFrame(None), clip, "dark").blurred)


def test_every_pixel_lies_in_one_cell_even_where_they_do_not_divide():
    x, soft = torch.ones(1, 1, 5, 7, 9), torch.zeros(1, 1, 5, 7, 9)
    first, *rest = versions(x, soft, (2, 3, 4))
    assert len(rest) == 24
    assert torch.equal(sum(first - one for one in rest), x)
    found = Occlusion((5, 7, 9), np.arange(24.0).reshape(2, 3, 4))
    shown = sum(number * (first - one) for number, one in enumerate(rest))
    assert np.array_equal(found.over_clip, shown[0, 0].numpy())


def test_the_model_runs_as_often_as_was_said():
    heard = []
    dtfviz.occlusion(OneFrame(None), grey_clip(0, 1, 2, 3), cells=(2, 2, 3), on_done=heard.append)
    assert heard[-1] == 1 + 12


def test_more_cells_than_frames_are_refused_with_what_fits():
    with pytest.raises(OptionError, match="clip of 4x8x8 cannot be cut into 5x2x9") as caught:
        dtfviz.occlusion(OneFrame(None), grey_clip(0, 1, 2, 3), cells=(5, 2, 9))
    assert "4x2x8" in str(caught.value)
