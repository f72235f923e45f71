"""Analyses inside someone's training loop: batches as the model takes them, functions of the answer, blank maps."""

import numpy as np
import pytest
import torch
from frames import OneFrame, grey_clip

import dtfviz
from dtfviz.core.bundled import CLIP, MOVER, asset
from dtfviz.core.errors import ModelError, OptionError
from dtfviz.core.models.card import card_of
from dtfviz.core.models.inputs import as_input


@pytest.fixture(scope="module")
def model():
    return dtfviz.load_model()


@pytest.fixture(scope="module")
def clips(model):
    return [dtfviz.clip_for(model, asset(CLIP)), dtfviz.clip_for(model, asset(MOVER))]


@pytest.fixture(scope="module")
def batch(model, clips):
    return torch.cat([as_input(clip, card_of(model)) for clip in clips])


def test_a_batch_gives_the_maps_of_its_clips(model, clips, batch):
    for clip, cam in zip(clips, dtfviz.gradcam(model, batch), strict=True):
        np.testing.assert_array_equal(cam.raw, dtfviz.gradcam(model, clip).raw)
        np.testing.assert_array_equal(cam.clip.frames, clip.frames)
        assert cam.remarks[-1] == "a tensor says nothing of time: 25 frames a second were assumed"


def test_a_batch_gives_the_predictions_of_its_clips(model, clips, batch):
    for clip, found in zip(clips, dtfviz.predict(model, batch), strict=True):
        assert found.top == dtfviz.predict(model, clip).top


def test_what_blurs_and_holds_frames_does_it_to_what_the_model_is_fed(model, clips, batch):
    """A blur of bytes is rounded, that of numbers is not: half a step of 255 of each pixel."""
    (found,), known = dtfviz.frame_importance(model, batch[:1]), dtfviz.frame_importance(model, clips[0])
    np.testing.assert_array_equal(found.held, known.held)
    np.testing.assert_allclose(found.blurred, known.blurred, atol=0.02)
    (proof,), expected = dtfviz.faithfulness(model, batch[:1], points=2, controls=1), known
    assert proof.label == expected.target.label


def test_numbers_beyond_a_picture_reach_the_model_as_they_are():
    """A frame brighter than white: the logit is its mean."""
    x = torch.zeros(1, 3, 4, 8, 8, dtype=torch.float64)
    x[:, :, 2] = 3.25
    (cam,) = dtfviz.gradcam(OneFrame(2).double(), x, "bright")
    assert cam.score == 3.25
    assert cam.clip.frames.max() == 255


def test_a_tensor_that_is_no_batch_says_what_one_is(model, batch):
    with pytest.raises(OptionError, match="no batch of clips") as caught:
        dtfviz.gradcam(model, batch[0])
    assert "unsqueeze" in caught.value.hint


def test_the_maps_of_a_batch_can_be_drawn(model, batch, tmp_path):
    (cam,) = dtfviz.gradcam(model, batch[:1], lambda answer: answer[1] - answer[2])
    for form in ("png", "mp4", "npz"):
        assert dtfviz.save(cam, tmp_path / f"cam.{form}").stat().st_size > 1000


# --- functions of the answer ------------------------------------------------------------------------------------------
def lead(answer):
    return answer[1] - answer[2]


def test_a_function_of_two_classes_is_their_difference(model, clips):
    known, found = dtfviz.gradcam(model, clips[0], (1, 2)), dtfviz.gradcam(model, clips[0], lead)
    np.testing.assert_array_equal(found.raw, known.raw)
    assert (found.score, found.target.label, found.target.plus) == (known.score, "lead", None)


def test_a_function_is_followed_frame_by_frame_in_its_own_unit():
    """The third frame is 3/5, the one before it 1/5."""
    found = dtfviz.frame_importance(OneFrame(2), grey_clip(0, 51, 153, 255), lambda answer: 10 * answer[1])
    assert found.held.tolist() == [0, 0, pytest.approx(4, rel=1e-6), 0]
    assert (found.target.index, found.target.probability, found.unit) == (None, pytest.approx(6), "")


def test_a_function_has_curves_of_its_value(model, clips, tmp_path):
    proof = dtfviz.faithfulness(model, clips[0], lead, points=2, controls=1)
    deleted = proof.curves["gradcam"][0]
    assert deleted[0] == pytest.approx(dtfviz.gradcam(model, clips[0], lead).score, rel=1e-6)
    assert (proof.label, proof.quantity) == ("lead", "value")
    dtfviz.save(proof, tmp_path / "curves.png")
    with pytest.raises(OptionError, match="does not keep"):
        dtfviz.faithfulness(model, dtfviz.gradcam(model, clips[0], lead))


def test_a_function_of_no_one_number_says_so(model, clips):
    with pytest.raises(OptionError, match=r"gives \(14,\)"):
        dtfviz.gradcam(model, clips[0], lambda answer: answer)
    with pytest.raises(OptionError, match="gives float"):
        dtfviz.gradcam(model, clips[0], lambda answer: 1.0)


# --- blank maps, and callers that infer -------------------------------------------------------------------------------
def test_a_blank_map_is_kept_where_that_is_wanted(model, clips):
    def nothing(answer):
        return 0 * answer.sum()

    with pytest.raises(ModelError, match="blank"):
        dtfviz.gradcam(model, clips[0], nothing)
    kept = dtfviz.gradcam(model, clips[0], nothing, blank="keep")
    assert kept.highest == 0
    assert "blank" in kept.remarks[0]
    with pytest.raises(OptionError, match="raise, keep"):
        dtfviz.gradcam(model, clips[0], blank="maybe")


def test_whoever_only_infers_gets_the_same_maps(model, clips):
    known = dtfviz.gradcam(model, clips[0])
    with torch.inference_mode():
        np.testing.assert_array_equal(dtfviz.gradcam(model, clips[0]).raw, known.raw)
        (cam,) = dtfviz.gradcam(model, torch.cat([as_input(clips[0], card_of(model))]))
        np.testing.assert_array_equal(cam.raw, known.raw)
        assert torch.is_inference_mode_enabled()


def test_weights_made_where_nothing_is_learnt_say_so(clips):
    with torch.inference_mode():
        loaded, net = dtfviz.load_model(), OneFrame(2)
    assert dtfviz.gradcam(loaded, clips[0]).highest > 0
    with pytest.raises(ModelError, match="no gradient passes"):
        dtfviz.gradcam(net, grey_clip(0, 51, 153, 255), "bright")


def test_a_training_model_goes_on_training(model, batch):
    model.train()
    dtfviz.gradcam(model, batch[:1])
    assert model.training
    model.eval()


def test_of_no_clips_nothing_is_predicted(model):
    with pytest.raises(OptionError, match="no clip to predict"):
        dtfviz.predict(model, [])
