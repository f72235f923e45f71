import math

import pytest
import torch
from frames import grey_clip
from framewise import FrameWise

import dtfviz
from dtfviz.core.errors import ModelError, OptionError
from dtfviz.core.models.answers import (
    ONCE,
    WHOLE,
    Answer,
    Moment,
    divergence,
    log_probabilities,
    probabilities,
    settling,
)

TIMES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
OVER_TIME = Answer("timeline")
LABELS = Answer("timeline", "sigmoid")


def wrapped(**options):
    """Grey values reach the net as they are, from 0 to 1."""
    return dtfviz.wrap(FrameWise(), frames=8, size=16, mean=(0, 0, 0), std=(1, 1, 1), **options)


def test_an_answer_for_the_whole_clip_is_left_as_it_is():
    logits = torch.randn(2, 3)
    assert settling(ONCE, WHOLE, TIMES)(logits) is logits
    with pytest.raises(OptionError, match="answers once for the whole clip"):
        settling(ONCE, Moment(at=0.2), TIMES)


def test_over_time_a_class_has_its_highest_its_mean_or_the_one_at_a_second():
    logits = torch.tensor([[[0.0, 1.0, 5.0, 2.0], [4.0, 0.0, 0.0, 0.0]]])
    assert settling(OVER_TIME, WHOLE, TIMES)(logits).tolist() == [[5.0, 4.0]]
    assert settling(OVER_TIME, Moment(pooled="mean"), TIMES)(logits).tolist() == [[2.0, 1.0]]
    assert settling(OVER_TIME, Moment(at=0.0), TIMES)(logits).tolist() == [[0.0, 4.0]]
    assert settling(OVER_TIME, Moment(at=0.46), TIMES)(logits).tolist() == [[5.0, 0.0]]
    with pytest.raises(OptionError, match="no answer at 9 s"):
        settling(OVER_TIME, Moment(at=9.0), TIMES)(logits)


@pytest.mark.parametrize("steps", [1, 2, 4, 8])
def test_an_answer_stands_in_the_middle_of_its_frames(steps):
    """Eight frames a tenth of a second apart: with as many answers, each stands where its frame does."""
    logits = torch.arange(float(steps))[None, None]
    for number in range(steps):
        middle = (number + 0.5) * 8 / steps * 0.1 - 0.05
        for near in (middle, middle + 0.03, middle - 0.03):
            moment = Moment(at=min(max(near, 0.0), 0.7))
            assert settling(OVER_TIME, moment, TIMES)(logits).item() == number


def test_labels_that_do_not_exclude_each_other_have_probabilities_of_their_own():
    logits = torch.tensor([0.0, math.log(3)], dtype=torch.float64)
    assert probabilities(logits, LABELS).tolist() == pytest.approx([0.5, 0.75])
    assert log_probabilities(logits, LABELS).exp().tolist() == pytest.approx([0.5, 0.75])
    assert probabilities(logits, ONCE).tolist() == pytest.approx([0.25, 0.75])


def test_their_divergence_is_the_sum_over_labels():
    own, other = (
        log_probabilities(torch.tensor(logits, dtype=torch.float64), LABELS) for logits in ([0.0], [math.log(3)])
    )
    by_hand = 0.5 * math.log(0.5 / 0.75) + 0.5 * math.log(0.5 / 0.25)
    assert divergence(own, other, LABELS) == pytest.approx(by_hand, rel=1e-12)
    assert divergence(own, own, LABELS) == 0


def test_the_kind_is_read_off_the_shape_and_a_guess_is_kept():
    card = wrapped().card
    assert (card.answer, card.num_classes) == (OVER_TIME, 2)
    assert card.assumed == ("an answer of 2 x 4 is taken for 2 classes over 4 steps of time",)
    stated = wrapped(answers="timeline", activation="sigmoid").card
    assert (stated.answer, stated.assumed) == (LABELS, ())
    with pytest.raises(ModelError, match=r"\(2, 2, 4\) for two clips"):
        wrapped(answers="classes")
    with pytest.raises(OptionError, match="no answer is called"):
        wrapped(activation="relu")


def test_predictions_and_maps_are_of_the_moment_that_is_meant():
    """Dark frames, and one pair that is bright: of 51 a fifth, of 204 four fifths."""
    model, clip = wrapped(), grey_clip(51, 51, 204, 204, 51, 51, 51, 51, size=16)

    def bright(moment):
        return dtfviz.predict(model, clip, moment=moment).top[0].probability

    def softmax(high):
        return 1 / (1 + math.exp(-high))

    assert bright(WHOLE) == pytest.approx(softmax(0.8 + 0.2), rel=0.02)  # each class at its highest
    assert bright(Moment(at=0.1)) == pytest.approx(softmax(2 * 0.8), rel=0.02)
    assert bright(Moment(at=0.25)) == pytest.approx(softmax(2 * 0.2), rel=0.02)
    assert bright(Moment(pooled="mean")) == pytest.approx(softmax(2 * 0.35), rel=0.02)
    cam = dtfviz.gradcam(model, clip, Moment(0, at=0.1))
    assert (cam.target.label, cam.target.at) == ("class 0, at 0.10 s", 0.1)
    assert cam.score == pytest.approx(0.8, rel=0.02)


def test_the_frame_that_is_meant_counts_and_no_other():
    model, clip = wrapped(), grey_clip(51, 51, 204, 102, 51, 51, 51, 51, size=16)
    found = dtfviz.frame_importance(model, clip, Moment(0, at=0.1))
    assert set(found.held.nonzero()[0].tolist()) == {2, 3}
    tests = dtfviz.temporal_tests(model, clip, Moment(0, at=0.1), shuffles=3)
    assert tests.aim.index == 0
    proof = dtfviz.faithfulness(model, dtfviz.gradcam(model, clip, Moment(0, at=0.1)))
    assert proof.curves["gradcam"][0][0] == pytest.approx(1 / (1 + math.exp(-2 * 0.6)), rel=0.02)
