import json
from dataclasses import replace

import numpy as np
import pytest
from frames import OneFrame, grey_clip

import dtfviz
from dtfviz.core.analysis.clips import remarks_on_clip
from dtfviz.core.bundled import CLIP, asset
from dtfviz.core.errors import DtfvizWarning, VideoError
from dtfviz.core.media.clip import reorder
from dtfviz.core.models.card import card_of

ANALYSES = (dtfviz.predict, dtfviz.gradcam, dtfviz.frame_importance, dtfviz.filters)


@pytest.fixture(scope="module")
def model():
    return dtfviz.load_model()


def test_python_says_of_the_bundled_clip_what_the_command_says(model, inside):
    top = dtfviz.predict(model, asset(CLIP)).top[0]
    said = json.loads(inside("predict", "--json").stdout)["top"][0]
    assert (said["label"], said["probability"]) == ("move-left", top.probability)
    assert dtfviz.predict(model, str(asset(CLIP))).top[0] == top


def test_a_clip_for_a_model_has_its_frames_stride_and_size(model):
    card, clip = card_of(model), dtfviz.clip_for(model, asset(CLIP), start=0.2)
    assert clip.frames.shape == (card.frames, card.size, card.size, 3)
    assert set(np.diff(clip.indices)) == {card.stride}
    assert clip.times[0] == pytest.approx(0.2, abs=1 / clip.video.fps)
    assert remarks_on_clip(clip, card) == ()


@pytest.mark.parametrize("analyse", ANALYSES, ids=lambda analyse: analyse.__name__)
def test_every_analysis_reads_the_video_itself(model, analyse):
    by_path, by_clip = analyse(model, asset(CLIP)), analyse(model, dtfviz.clip_for(model, asset(CLIP)))
    assert by_path.remarks == by_clip.remarks
    assert type(by_path) is type(by_clip)


def test_a_video_that_is_not_there_is_one_error(model):
    with pytest.raises(VideoError, match="cannot be opened"):
        dtfviz.gradcam(model, "nowhere.mp4")


@pytest.mark.parametrize("analyse", ANALYSES, ids=lambda analyse: analyse.__name__)
def test_a_clip_of_another_stride_is_warned_of_and_remarked_on(model, analyse):
    card, clip = card_of(model), dtfviz.clip_for(model, asset(CLIP), stride=1)
    with pytest.warns(DtfvizWarning, match=f"stride 1, dtf_net_motion is made for {card.stride}") as heard:
        found = analyse(model, clip)
    assert str(heard[0].message) in found.remarks


def test_what_is_read_for_the_wrong_size_is_remarked_on():
    clip, card = grey_clip(0, 0, 0, 0, size=16), OneFrame(0).card
    assert remarks_on_clip(clip, card) == ("the clip has size 16, one is made for 8",)
    assert remarks_on_clip(replace(reorder(clip, "shuffled", 3), frames=clip.frames[:0]), card) == ()
    assert remarks_on_clip(grey_clip(0, 0), card) == ()
