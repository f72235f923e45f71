import pytest
from pictures import assert_legible
from temporal import temporal_row

from dtfviz.core.render.time.tests.survey import extremes, temporal_survey
from dtfviz.core.results.temporal_tests import TemporalSurvey


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_a_survey_is_legible_and_says_what_it_shows(survey, width):
    figure = temporal_survey(survey, width=width)
    assert_legible(figure)
    assert "UNTRAINED" in [text.get_text() for text in figure.texts]
    assert "40 videos, 1 could not be analysed" in figure._supxlabel.get_text()


def test_a_single_video_is_a_survey_too(survey):
    assert_legible(temporal_survey(TemporalSurvey("net", "trained", "", "videos", 0, (temporal_row(0),), ())))


def test_of_many_videos_both_ends_are_shown(survey):
    ranked = survey.ranked()
    shown = extremes(ranked, 24)
    assert shown == [*ranked[:12], None, *ranked[-12:]]
    assert extremes(ranked[:24], 24) == ranked[:24]
    ticks = [text.get_text() for text in temporal_survey(survey).axes[0].get_yticklabels()]
    assert ticks[12] == "… 16 more"
