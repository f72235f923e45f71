from pathlib import Path

import pytest

from dtfviz.core.media.clip import Video
from dtfviz.core.render.style.film import tallness


@pytest.mark.parametrize(
    ("width", "height", "share"), [(640, 480, 0.75), (9, 21, 21 / 9), (3, 7000, 4), (7000, 3, 1 / 8)]
)
def test_the_place_of_a_frame_is_as_tall_as_footage_within_reason(width, height, share):
    assert tallness(Video(Path("v.mp4"), "", "h264", width, height, 0, 25.0, (0.0,))) == share
