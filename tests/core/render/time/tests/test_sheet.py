import numpy as np
import pytest
from frames import OneFrame, grey_clip
from pictures import assert_legible
from videos import write_video

import dtfviz
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.render.time.tests.sheet import BAR, middle_of, said, side_by_side, temporal_sheet
from dtfviz.core.results.predictions import Guess
from dtfviz.core.results.temporal_tests import CHANGES, Effect, TemporalTests

LONG = Guess(3, "swinging a golf club over the shoulder", 0.75)


@pytest.fixture
def result(tmp_path):
    clip = read_clip(write_video(tmp_path / "v.mp4", 40, size=(96, 64)), Sampling(16), 48)
    tries = {change: 10 if change == "shuffled" else 1 for change in CHANGES}
    effects = tuple(
        Effect(change, (2.0, 4.0) * (n // 2) or (3.0,), (True,) * n, (-3.0,) * n, (3.0,) * n, (LONG,) * n)
        for change, n in tries.items()
    )
    return TemporalTests("net", "UNTRAINED", "", clip, 0, LONG, LONG, effects, "cpu")


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_the_sheet_is_legible_and_says_what_it_shows(result, width):
    figure = temporal_sheet(result, width=width)
    assert_legible(figure)
    assert "UNTRAINED" in [text.get_text() for text in figure.texts]
    assert all(word in figure._supxlabel.get_text() for word in ("net (UNTRAINED)", "10 shuffles", "our additions"))
    assert temporal_sheet(result, has_caption=False)._supxlabel is None


@pytest.mark.parametrize("width", [3.3, 7.0])
@pytest.mark.parametrize("frames", [1, 4, 64])
def test_clips_of_any_length_have_a_legible_sheet(frames, width):
    assert_legible(
        temporal_sheet(dtfviz.temporal_tests(OneFrame(0, frames), grey_clip(*range(frames)), shuffles=2), width=width)
    )


def test_the_bars_are_the_divergences_and_share_one_scale(result):
    figure = temporal_sheet(result)
    bars = [axes for axes in figure.axes if any(patch.get_height() == BAR for patch in axes.patches)]
    assert [axes.patches[0].get_width() for axes in bars[::2]] == [3.0] * 5
    assert {axes.get_xlim() for axes in bars[::2]} == {(0, 3 + np.std([2, 4] * 5, ddof=1))}
    assert {axes.get_xlim() for axes in bars[1::2]} == {(0, 1)}


def test_a_row_says_what_became_of_the_answer(result):
    assert said(result.effects[0]) == "shuffled → another class in 10 of 10"
    assert said(result.effects[3]).startswith("reversed* → swinging a golf")


def test_of_a_long_clip_the_middle_is_shown():
    assert middle_of(np.arange(16), 8).tolist() == list(range(4, 12))


def test_frames_stand_side_by_side_on_white():
    whole = side_by_side([np.full((32, 32, 3), value, np.uint8) for value in (10, 20)])
    assert whole.shape == (64, 132, 3)
    assert (whole[0, 63, 0], whole[0, 65, 0], whole[0, 68, 0]) == (10, 255, 20)
