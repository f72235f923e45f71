from frames import grey_clip
from temporal import temporal_row
from terminal import printed

from dtfviz.core.render.time.tests.table import survey_table, temporal_table
from dtfviz.core.results.temporal_tests import TemporalSurvey, TemporalTests


def test_the_table_of_a_video_says_its_numbers_its_model_and_whose_tests_they_are():
    row = temporal_row(2)
    result = TemporalTests(
        "net", "UNTRAINED", "order unknown", grey_clip(0, 1), 4, row.top, row.aim, row.effects, "cpu"
    )
    text = printed(temporal_table(result, 80))
    assert "shuffled        2.50 ± 0.707  1 of 2" in text
    for words in ("reversed*", "net, UNTRAINED; 2 frames", "seed 4", "our additions", "class names: order unknown"):
        assert words in text


def test_the_table_of_a_folder_has_means_and_their_interval():
    text = printed(survey_table(TemporalSurvey("net", "trained", "", "videos", 0, (temporal_row(2),) * 3, ()), 80))
    assert "shuffled 2.50 50% -2.00 0.865 2.50 to 2.50" in " ".join(text.split())
    assert "3 videos" in text
