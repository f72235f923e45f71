from dataclasses import replace

import numpy as np
import pytest
from evaluations import answering, scoring

from dtfviz.core.media.motion import CLASSES
from dtfviz.core.results.evaluation import Proportion, Protocol


def test_accuracies_and_confusion_are_those_counted_by_hand():
    # class 0: right, right, right, taken for 2; class 1: right, taken for 0; class 2: none; class 3: taken for 1
    found = answering([0, 0, 0, 0, 1, 1, 3], [0, 0, 0, 2, 1, 0, 1], 4)
    assert found.confusion.tolist() == [[3, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0]]
    assert found.top1 == Proportion(4 / 7, 7)
    np.testing.assert_array_equal(found.class_accuracies, [3 / 4, 1 / 2, np.nan, 0])
    assert found.mean_class_accuracy.value == pytest.approx((3 / 4 + 1 / 2 + 0) / 3)
    assert found.mean_class_accuracy.clips == pytest.approx(9 / (1 / 4 + 1 / 2 + 1))


def test_the_first_five_of_six_count_and_five_of_five_are_not_reported():
    scores = [[6, 5, 4, 3, 2, 1]] * 6
    assert scoring(range(6), scores).ranks.tolist() == list(range(6))
    assert scoring(range(6), scores).top5 == Proportion(5 / 6, 6)
    assert scoring([0, 1], [[5, 4, 3, 2, 1]] * 2).top5 is None


def test_of_equal_scores_the_first_class_is_the_answer():
    found = scoring([0, 2, 3], [[1, 1, 1, 1, 1, 1]] * 3)
    assert found.answers.tolist() == [0, 0, 0]
    assert found.ranks.tolist() == [0, 2, 3]
    assert scoring([5], [[0, 0, 0, 0, 0, 0]]).top5 == Proportion(0, 1)


def test_a_model_that_always_answers_one_class_is_right_as_often_as_that_class_comes():
    found = answering([3, 1, 3, 0, 2, 3], [3] * 6, 4)
    assert found.top1.value == 1 / 2
    assert found.mean_class_accuracy.value == 1 / 4
    assert found.confusion[:, 3].tolist() == [1, 1, 1, 3]
    assert found.confusion.sum() == 6


def test_even_classes_have_a_mean_accuracy_that_is_the_accuracy_and_as_exact():
    found = answering([0, 0, 1, 1], [0, 1, 1, 1], 2)
    assert found.mean_class_accuracy.value == found.top1.value == 3 / 4
    assert found.mean_class_accuracy.interval == found.top1.interval


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    # published: Newcombe 1998, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_are_those_of_wilson(hits, count, low, high):
    assert Proportion(hits / count, count).interval == pytest.approx((low, high), abs=5e-5)


def test_an_interval_mirrors_that_of_the_opposite_and_stays_inside():
    low, high = Proportion(1.0, 280).interval
    assert high == 1
    assert Proportion(0.0, 280).interval == pytest.approx((0, 1 - low), abs=1e-12)


def test_reversed_motion_is_right_where_the_opposite_is_answered():
    left, right, blink = (CLASSES.index(name) for name in ("move-left", "move-right", "blink-slow"))
    found = answering(
        [left, left, blink, blink], [right, left, blink, 0], 14, classes=CLASSES, protocol=Protocol(order="reversed")
    )
    assert found.backwards == (Proportion(1 / 2, 2), Proportion(2 / 4, 4))
    assert found.top1 == Proportion(2 / 4, 4)
    assert replace(found, protocol=Protocol()).backwards is None
    assert replace(found, classes=None).backwards is None
    assert replace(found, classes=("wave", *CLASSES[1:])).backwards is None
    assert replace(found, labels=np.full(4, blink)).backwards is None
