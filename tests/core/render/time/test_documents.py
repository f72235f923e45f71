import csv
import io
import json

import pytest
from frames import grey_clip
from rich.console import Console
from temporal import temporal_row

import dtfviz
from dtfviz.core.render.time.documents import survey_table, temporal_table
from dtfviz.core.results.temporal_tests import TemporalSurvey, TemporalTests


def printed(table):
    console = Console(file=io.StringIO(), width=80)
    console.print(table)
    return console.file.getvalue()


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
    text = printed(
        survey_table(TemporalSurvey("net", "trained", "", "videos", 0, (temporal_row(2), temporal_row(2)), ()), 80)
    )
    assert "shuffled 2.50 50% -2.00 0.865 2.50 to 2.50" in " ".join(text.split())
    assert "2 videos" in text


@pytest.fixture
def survey():
    return TemporalSurvey(
        "net", "UNTRAINED", "", "videos", 0, tuple(map(temporal_row, range(40))), (("broken.mp4", "cannot be read"),)
    )


def test_the_table_has_a_row_a_video_and_the_skipped_ones_last(survey, tmp_path):
    with dtfviz.save(survey, tmp_path / "videos.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 41
    assert (float(rows[3]["shuffled_kl"]), float(rows[3]["reversed_flips"]), rows[3]["trust"]) == (
        3.5,
        0.5,
        "UNTRAINED",
    )
    assert (rows[-1]["video"], rows[-1]["error"], rows[-1]["frozen_kl"]) == ("broken.mp4", "cannot be read", "")


def test_the_document_gives_the_survey_back(survey, tmp_path):
    document = json.loads(dtfviz.save(survey, tmp_path / "survey.json").read_text())
    assert TemporalSurvey.read(document) == survey
    assert document["means"]["frozen"]["kl"]["mean"] == 20.0
    assert [one["from"] for one in document["rows"][0]["effects"]] == ["paper", "paper", "ours", "ours", "ours"]
