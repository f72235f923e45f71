import json

import dtfviz
from dtfviz.core.results.temporal_tests import TemporalSurvey


def test_the_document_gives_the_survey_back(survey, tmp_path):
    document = json.loads(dtfviz.save(survey, tmp_path / "survey.json").read_text())
    assert TemporalSurvey.read(document) == survey
    assert document["means"]["frozen"]["kl"]["mean"] == 20.0
    assert [one["from"] for one in document["rows"][0]["effects"]] == ["paper", "paper", "ours", "ours", "ours"]
