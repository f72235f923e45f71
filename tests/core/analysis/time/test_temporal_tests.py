import math

import numpy as np
import pytest
import torch
from frames import OneFrame, grey_clip
from videos import write_video

import dtfviz
from dtfviz.core.errors import ModelError, OptionError
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.models.answers import ONCE, divergence
from dtfviz.core.models.building import build_model
from dtfviz.core.results.temporal_tests import CHANGES


@pytest.fixture
def clip():
    return grey_clip(0, 51, 153, 255)  # 0, 1/5, 3/5 and 1


def two(z):
    """Probabilities of logits 0 and z."""
    return 1 / (1 + math.exp(z)), 1 / (1 + math.exp(-z))


def kl(z, other):
    return sum(p * math.log(p / q) for p, q in zip(two(z), two(other), strict=True))


def test_every_number_of_a_net_that_sees_one_frame_by_hand(clip):
    """The last frame is 1; in its place stand the first (0), the middle one (3/5), the first (0), and the third
    (3/5).
    """
    result = dtfviz.temporal_tests(OneFrame(3), clip)
    assert (result.top.label, result.trust) == ("bright", "UNTRAINED")
    effects = {effect.change: effect for effect in result.effects}
    assert list(effects) == list(CHANGES)
    for change, seen in {"frozen": 0.0, "frozen-middle": 0.6, "reversed": 0.0, "half-rate": 0.6}.items():
        effect = effects[change]
        lost = math.log(two(1)[1] / two(seen)[1])
        assert effect.kl == (pytest.approx(kl(1, seen), rel=1e-6),)
        assert effect.log_change == (pytest.approx(-lost, rel=1e-6),)
        assert effect.weights == (pytest.approx(1 - math.exp(-lost), rel=1e-6),)
        assert effect.flips == (seen == 0.0,)  # a tie goes to the first class
        assert effect.spread("kl") is None


def test_shuffles_are_tried_with_seeds_that_follow_each_other(clip):
    effect = dtfviz.temporal_tests(OneFrame(3), clip, shuffles=5, seed=7).effects[0]
    values = [0, 0.2, 0.6, 1]
    expected = [kl(1, values[np.random.default_rng(7 + number).permutation(4)[3]]) for number in range(5)]
    assert effect.kl == pytest.approx(expected, rel=1e-6)
    assert effect.mean("kl") == pytest.approx(np.mean(expected), rel=1e-6)
    assert effect.spread("kl") == pytest.approx(np.std(expected, ddof=1), rel=1e-6)


def test_the_weights_are_those_of_the_class_that_was_named(clip):
    result = dtfviz.temporal_tests(OneFrame(3), clip, "dark")
    frozen = result.effects[1]
    assert (result.top.label, result.aim.label) == ("bright", "dark")
    assert frozen.excess[0] == pytest.approx(math.log(two(1)[0] / two(0)[0]), rel=1e-6)
    assert frozen.weights == (0.0,)  # frozen, the clip is darker: the class gains
    assert frozen.log_change[0] < 0


@pytest.mark.parametrize("name", ["dtf_net_motion", "c2d_r50"])
def test_a_model_that_takes_frames_one_by_one_does_not_notice_their_order(tmp_path, name):
    small = (
        {}
        if name == "dtf_net_motion"
        else {"early_stride": 1, "depths": (1, 1, 1, 1), "widths": (16, 32, 64, 128), "expansion": 2}
    )
    model = build_model(name, temporal="none", frames=16, size=64, **small)
    clip = read_clip(write_video(tmp_path / "v.mp4", 16, size=(64, 64)), Sampling(16), 64)
    result = dtfviz.temporal_tests(model, clip, shuffles=6)
    for effect in result.effects:
        if effect.change in ("shuffled", "reversed"):
            assert not any(effect.kl + effect.flips + effect.log_change + effect.weights)
    assert all(effect.kl[0] > 0 for effect in result.effects if effect.change.startswith("frozen"))


def test_a_dtf_block_notices_the_order(tmp_path):
    model = build_model("dtf_net_motion", alpha_init=0.1)  # more of it, and random norms make one class certain
    clip = read_clip(write_video(tmp_path / "v.mp4", 16, size=(64, 64)), Sampling(16), 64)
    result = dtfviz.temporal_tests(model, clip, shuffles=2)
    assert all(min(effect.kl) > 0 for effect in result.effects)


def test_a_class_that_becomes_impossible_is_not_hidden():
    own, other = (torch.log_softmax(torch.tensor(z, dtype=torch.float64), 0) for z in ([5000.0, 0.0], [0.0, 5000.0]))
    assert divergence(own, other, ONCE) == 5000


def test_the_model_is_left_as_it_was_and_scores_that_are_not_finite_are_no_answer(clip):
    model = OneFrame(0).train()
    dtfviz.temporal_tests(model, clip)
    assert model.training
    model.scale.data[0] = float("inf")
    with pytest.raises(ModelError, match="not finite"):
        dtfviz.temporal_tests(model, clip)


def test_no_shuffles_are_no_test(clip):
    with pytest.raises(OptionError, match="0 shuffles"):
        dtfviz.temporal_tests(OneFrame(0), clip, shuffles=0)
