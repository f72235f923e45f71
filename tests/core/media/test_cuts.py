import numpy as np
import pytest
from videos import write_video

from dtfviz.core.bundled import CLIP, asset
from dtfviz.core.choices import MOTIONS
from dtfviz.core.media.cuts import CUT, distances, find_cuts
from dtfviz.core.media.motion import draw_motion
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling


def grey(*levels):
    return np.stack([np.full((4, 4, 3), level, np.uint8) for level in levels])


def test_distances_are_those_of_hellinger():
    half = grey(0, 0)
    half[1, :2] = 255  # half of the second frame is white: the square root of 1 - sqrt(1 * 1/2)
    assert distances(half) == pytest.approx([(1 - 0.5**0.5) ** 0.5])
    assert distances(grey(0, 255)) == pytest.approx([1.0])
    assert distances(grey(7, 7)) == pytest.approx([0.0])


def test_a_cut_is_told_by_the_frame_that_begins_the_new_shot():
    assert find_cuts(grey(0, 0, 255, 255, 0)) == (2, 4)
    assert find_cuts(grey(9)) == ()


@pytest.mark.parametrize("label", range(len(MOTIONS)), ids=MOTIONS)
def test_motion_and_blinking_are_no_cuts_but_another_scene_is(label):
    motion = draw_motion(label, 3, size=64).frames
    walk = read_clip(asset(CLIP), Sampling(16, 2), 64).frames
    assert find_cuts(motion) == find_cuts(walk) == ()
    spliced = np.concatenate([motion[:5], walk[5:]])
    assert find_cuts(spliced) == (5,)
    assert distances(spliced)[4] > 1.3 * CUT


def test_a_clip_knows_its_cuts(tmp_path):
    path = write_video(tmp_path / "v.mp4", 20)
    assert read_clip(path, Sampling(16), 32).cuts == ()
