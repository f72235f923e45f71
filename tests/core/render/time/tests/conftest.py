import pytest
from temporal import temporal_row

from dtfviz.core.results.temporal_tests import TemporalSurvey


@pytest.fixture
def survey():
    return TemporalSurvey(
        "net", "UNTRAINED", "", "videos", 0, tuple(map(temporal_row, range(40))), (("broken.mp4", "cannot be read"),)
    )
