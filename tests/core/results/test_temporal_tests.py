import json
import math
from dataclasses import asdict

import pytest

from dtfviz.core.results.predictions import Guess
from dtfviz.core.results.temporal_tests import CHANGES, Effect, Row, TemporalSurvey

GUESS = Guess(0, "walking", 0.5)
LOST = math.log(4)


def effect(change="shuffled", kl=(1.0, 3.0), excess=(-1.0, LOST)):
    return Effect(change, kl, (False, True), (0.5, -1.5), excess, (GUESS, GUESS))


def row(name, kl):
    return Row(name, GUESS, GUESS, tuple(effect(change, kl) for change in CHANGES))


def test_a_gain_weighs_nothing_and_a_class_four_times_less_probable_three_quarters():
    assert effect().weights == pytest.approx((0, 0.75))


def test_several_tries_are_a_mean_and_a_standard_deviation_and_one_has_none():
    assert (effect().mean("kl"), effect().mean("flips")) == (2.0, 0.5)
    assert effect().spread("kl") == pytest.approx(math.sqrt(2))
    assert effect(kl=(1.0,)).spread("kl") is None


def test_a_survey_comes_back_from_json_as_it_was():
    survey = TemporalSurvey(
        "net", "trained", "", "videos", 3, (row("a", (1.0, 2.0)), row("b", (5.0, 6.0))), (("c", "is empty"),)
    )
    assert TemporalSurvey.read(json.loads(json.dumps(asdict(survey)))) == survey


def test_the_videos_that_need_time_most_come_first():
    survey = TemporalSurvey(
        "net",
        "trained",
        "",
        "videos",
        0,
        tuple(row(name, (kl,)) for name, kl in (("a", 1.0), ("b", 9.0), ("c", 4.0))),
        (),
    )
    assert [one.video for one in survey.ranked()] == ["b", "c", "a"]
    assert survey.values("frozen", "kl").tolist() == [1, 9, 4]
