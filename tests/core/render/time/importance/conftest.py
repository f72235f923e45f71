import pytest
from frames import OneFrame, grey_clip

import dtfviz


@pytest.fixture
def result():
    return dtfviz.frame_importance(OneFrame(5, 16), grey_clip(*range(0, 160, 10)))
