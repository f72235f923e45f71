import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from frames import OneFrame, grey_clip

import dtfviz
from dtfviz.commands.gradcam import gradcam as command
from dtfviz.core.analysis.cam import faithfulness as analysis
from dtfviz.core.analysis.cam.faithfulness import CONTROLS, POINTS, ranked, ranks_of, runs_of, versions
from dtfviz.core.errors import OptionError
from dtfviz.core.results.cam import Cam, Target


def bright(z):
    return 1 / (1 + math.exp(-z))


@pytest.fixture
def black(monkeypatch):
    """What is deleted becomes black: then the brightness that is left can be worked out."""
    monkeypatch.setattr(analysis, "blur", lambda clip: replace(clip, frames=np.zeros_like(clip.frames)))


def cam_of(clip, raw, method="gradcam", target=1):
    return Cam(
        clip,
        "one",
        "UNTRAINED",
        "eye",
        method,
        "clip",
        Target(target, None, "bright"),
        0,
        0,
        np.asarray(raw, np.float32),
        "cpu",
        (),
    )


def frames_marked(*values):
    """A map of one value a frame."""
    return np.broadcast_to(np.array(values, np.float32)[:, None, None], (len(values), 8, 8))


def test_the_curves_of_a_linear_net_by_hand(black):
    """Frames of 0, 1/5, 3/5 and 1, the brightest marked most: what is left of the mean is known at every share."""
    clip = grey_clip(0, 51, 153, 255)
    found = dtfviz.faithfulness(OneFrame(None), cam_of(clip, frames_marked(1, 2, 3, 4)), points=4, controls=2)
    deletion, insertion, *in_space = found.curves["gradcam"]
    assert found.shares == (0, 0.25, 0.5, 0.75, 1)
    assert deletion == pytest.approx([bright(left / 4) for left in (1.8, 0.8, 0.2, 0, 0)], rel=1e-6)
    assert insertion == pytest.approx([bright(there / 4) for there in (0, 1, 1.6, 1.8, 1.8)], rel=1e-6)
    assert in_space[0] == pytest.approx([bright(0.45 * (1 - share)) for share in found.shares], rel=1e-6)
    assert in_space[1] == pytest.approx([bright(0.45 * share) for share in found.shares], rel=1e-6)
    middles = [(one + other) / 2 for one, other in pairwise(deletion)]
    assert found.areas("gradcam")[0] == pytest.approx(sum(middles) / 4)


def test_of_a_net_that_sees_one_frame_only_that_frame_matters(black):
    clip = grey_clip(0, 51, 255, 51)
    for place, expected in {0: [bright(1), bright(0), bright(0)], 3: [bright(1), bright(1), bright(0)]}.items():
        marks = [1.0, 1.0, 1.0, 1.0]
        marks[2] += 1 - place  # the frame that counts comes first, or last
        found = dtfviz.faithfulness(OneFrame(2), cam_of(clip, frames_marked(*marks)), points=2, controls=1)
        assert found.curves["gradcam"][0] == pytest.approx(expected, rel=1e-6)


def test_random_maps_mark_every_place_alike_and_are_known_by_their_seed(black):
    clip = grey_clip(0, 51, 153, 255)
    cams = [cam_of(clip, frames_marked(1, 2, 3, 4)), cam_of(clip, frames_marked(4, 3, 2, 1), "layercam")]
    found, again, other = (
        dtfviz.faithfulness(OneFrame(None), cams, points=4, controls=5, seed=seed) for seed in (0, 0, 1)
    )
    assert found == again
    assert found.controls != other.controls
    assert found.areas("gradcam")[0] < found.areas("random map")[0] < found.areas("layercam")[0]
    assert found.areas("layercam")[1] < found.areas("random map")[1] < found.areas("gradcam")[1]
    assert found.control_spread[2:] == pytest.approx(
        0, abs=1e-7
    )  # frames of one grey lose the same wherever they are blurred
    assert (found.control_spread[:2] > 0.001).all()


def test_the_model_runs_as_often_as_was_said(black):
    heard = []
    clip = grey_clip(0, 51, 153, 255)
    dtfviz.faithfulness(
        OneFrame(None), cam_of(clip, frames_marked(1, 2, 3, 4)), points=3, controls=2, on_done=heard.append
    )
    assert heard[-1] == runs_of(1, 3, 2) == 2 + 3 * 4 * 2


def test_by_default_there_are_16_points_and_10_random_maps_and_the_help_says_what_that_costs():
    (flag,) = (option for option in command.params if option.name == "faithfulness")
    assert (POINTS, CONTROLS) == (16, 10)
    assert f"runs {runs_of(1)} times, and {runs_of(2) - runs_of(1)} times more" in flag.help
    assert f"beside {CONTROLS} random maps" in flag.help


def test_frames_go_by_energy_and_pixels_by_their_value_in_their_frame():
    values = np.array([[[1.0, -9.0]], [[2.0, 3.0]], [[-1.0, 0.5]]], np.float32)
    in_time, in_space = ranks_of(values)
    assert in_time.ravel().tolist() == [1 / 3, 0, 2 / 3]  # what speaks against the target has no energy
    assert in_space.tolist() == [[[0, 0.5]], [[0.5, 0]], [[0.5, 0]]]
    assert ranked(np.array([1.0, 1.0, 2.0], np.float32)).tolist() == [1 / 3, 2 / 3, 0]


def test_deletion_and_insertion_of_one_share_are_each_others_rest():
    sharp, soft = torch.ones(1, 1, 4, 1, 1), torch.zeros(1, 1, 4, 1, 1)
    rank = torch.tensor([0.5, 0, 0.75, 0.25]).view(4, 1, 1)
    shown = [version.flatten().tolist() for version in versions(sharp, soft, [rank], np.array([0.5]))]
    assert shown[2:] == [[1, 0, 1, 0], [0, 1, 0, 1]]


def test_maps_that_cannot_be_compared_are_refused():
    clip = grey_clip(0, 51, 153, 255)
    cam = cam_of(clip, frames_marked(1, 2, 3, 4))
    for cams, words in (
        ([cam, cam], "by their method alone"),
        ([cam, cam_of(clip, frames_marked(1, 2, 3, 4), "fem", target=0)], "by their method alone"),
        (replace(cam, clip=replace(clip, frames=clip.frames[:0])), "without its frames"),
    ):
        with pytest.raises(OptionError, match=words):
            dtfviz.faithfulness(OneFrame(None), cams)
    with pytest.raises(OptionError, match="1 points and 10 random maps"):
        dtfviz.faithfulness(OneFrame(None), cam, points=1)


def test_of_a_difference_the_first_class_is_followed(black):
    clip = grey_clip(0, 51, 153, 255)
    cam = replace(cam_of(clip, frames_marked(1, 2, 3, 4)), target=Target(0, 1, "dark - bright"))
    found = dtfviz.faithfulness(OneFrame(None), cam, points=2, controls=1)
    assert found.label == "dark"
    assert found.curves["gradcam"][0][-1] == 0.5  # a black clip leaves both logits at 0
