import numpy as np
import pytest
from videos import write_video

from dtfviz.core.analysis.filters.spacing import step_spacing
from dtfviz.core.media.clip import reorder
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.results.places import even_cells


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """16 frames, 1/25 s apart."""
    return read_clip(write_video(tmp_path_factory.mktemp("spacing") / "v.mp4", 20), Sampling(16), 32)


def spacing_of(clip, steps, sampled=None):
    return step_spacing(clip, even_cells((len(clip.times), 32, 32), (steps, 4, 4)), sampled)


def test_steps_are_spaced_by_the_true_times(clip):
    assert spacing_of(clip, 16) == (pytest.approx(1 / 25), ())
    assert spacing_of(clip, 4) == (pytest.approx(4 / 25), ())
    assert spacing_of(reorder(clip, "reversed"), 4) == (pytest.approx(4 / 25), ())


@pytest.mark.parametrize(
    ("ticks", "spacing", "words"),
    [
        ([0, 40, 200, 240, 900, 940], np.nan, "0.2 to 0.7 s apart: frequencies are in cycles a step"),
        ([0, 40, 200, 240, 412, 452], 0.206, "0.2 to 0.212 s apart: frequencies in Hz hold for their mean"),
    ],
)
def test_uneven_steps_have_no_hz_unless_they_are_nearly_even(tmp_path, ticks, spacing, words):
    clip = read_clip(write_video(tmp_path / "odd.mkv", 6, ticks=ticks), Sampling(6), 32)
    found, remarks = spacing_of(clip, 3)
    assert found == pytest.approx(spacing, abs=1e-3, nan_ok=True)
    assert words in remarks[0]


def test_a_looped_clip_keeps_its_spacing_and_says_that_it_jumps(clip):
    looped = read_clip(clip.video, Sampling(32, loop=True), 32)
    spacing, remarks = spacing_of(looped, 8)
    assert spacing == pytest.approx(4 / 25)
    assert "jumps in time" in remarks[0]


@pytest.mark.parametrize("order", ["shuffled", "frozen"])
def test_frames_out_of_order_have_no_spacing(clip, order):
    spacing, remarks = spacing_of(reorder(clip, order), 4)
    assert np.isnan(spacing)
    assert "not in the order of time" in remarks[0]


def test_one_step_has_no_spacing(clip):
    spacing, remarks = spacing_of(clip, 1)
    assert np.isnan(spacing)
    assert "one step" in remarks[0]
