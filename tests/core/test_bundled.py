import numpy as np
import pytest

import dtfviz
from dtfviz.core.analysis.filters.activity import MEASURES, observe
from dtfviz.core.analysis.filters.operators import find_operator
from dtfviz.core.analysis.predict import predict
from dtfviz.core.bundled import CLIP, MODEL, MOVER, WEIGHTS, asset
from dtfviz.core.learning.datasets import HELD_OUT, MotionSet, clip_of
from dtfviz.core.learning.evaluate import collect, conclude, evaluate, make_exam
from dtfviz.core.learning.feed import Share
from dtfviz.core.media.clip import reorder
from dtfviz.core.media.motion import class_index, draw_motion
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.media.video import decode, open_video
from dtfviz.core.models.card import card_of
from dtfviz.core.models.inputs import input_of, sampling_for
from dtfviz.core.results.evaluation import Protocol

CLIPS = MotionSet(length=84)  # six a class; benchmarks/bundled.py takes 1,400


@pytest.fixture(scope="module")
def model():
    return dtfviz.load_model()


@pytest.fixture(scope="module")
def examine(model, tmp_path_factory):
    def call(order):
        folder, exam = tmp_path_factory.mktemp(order), make_exam(CLIPS, Protocol(order=order), card_of(model))
        evaluate(model, exam, folder, batch=12, workers=0, share=Share(), on_item=lambda done, total: None)
        return conclude(exam, card_of(model), collect(folder.glob("*.jsonl")))

    return call


def test_the_file_is_small_and_knows_what_it_is(model):
    card = card_of(model)
    assert asset(WEIGHTS).stat().st_size < 5e6
    assert (card.name, card.trust, card.filter_layout, card.stride) == (MODEL, "trained", "paper", 3)


def test_no_seed_of_its_training_is_one_of_the_held_out_clips(model):
    """A training's clips have seeds below HELD_OUT, whatever its own seed is."""
    from dtfviz.core.learning.datasets import SEEDS, training_seed

    assert training_seed(SEEDS - 1, SEEDS - 1) < HELD_OUT


def test_motion_is_named_as_surely_as_its_card_says(examine):
    """The 95 % interval of a few clips must reach what all of them must."""
    assert examine("normal").top1.interval[1] >= 0.95


def test_without_the_order_of_frames_it_is_nearly_lost(examine):
    assert examine("shuffled").top1.interval[0] <= 0.25


def test_time_played_backwards_turns_the_answer_round(examine):
    changed, _ = examine("reversed").backwards
    assert changed.interval[1] >= 0.85


def test_filters_tell_the_mover_from_a_still_look_alike(model):
    """Cells of 56 clips; benchmarks/filters.py takes 224."""
    path = find_operator(model, card_of(model).filter_layer).path
    clips, moving, alike = MotionSet(56, 0.5), [], []
    for number in range(len(clips)):
        motion = clips.motion(number)
        if clips.label(number) == class_index("static") or not motion.decoy.any():
            continue
        seen = observe(model, input_of(model, clip_of(motion, "clip")), [path])[path]
        energy = MEASURES["kernel"](seen).numpy()
        where = motion.mask.any(0)
        cover, touched, decoy = (cells(mask) for mask in (motion.mask, where[None], motion.decoy[None]))
        moving.extend(energy[cover.max(0) >= 0.5])
        alike.extend(energy[(touched[0] == 0) & (decoy[0] >= 0.5)])
    assert len(alike) >= 20
    assert np.mean(np.array(moving)[:, None] > np.array(alike)) >= 0.95


def cells(masks):
    """[N, H, W] of pixels as shares of 8 x 8 cells."""
    return masks.reshape(len(masks), 8, masks.shape[1] // 8, 8, masks.shape[2] // 8).mean((2, 4))


@pytest.mark.parametrize(("order", "name"), [("normal", "move-left"), ("reversed", "move-right")])
def test_a_person_walks_to_the_left_and_backwards_in_time_to_the_right(model, order, name):
    clip = reorder(read_clip(asset(CLIP), sampling_for(card_of(model)), 64), order)
    assert predict(model, clip).top[0].label == name


def test_the_generated_clip_is_what_its_card_says(model):
    drawn = draw_motion(class_index("move-right"), 34, difficulty=0.4, frames=48, size=256)
    shown = np.stack([picture for _, picture in decode(open_video(asset(MOVER)), range(48))])
    assert drawn.decoy.any()
    assert np.abs(shown.astype(float) - drawn.frames).mean() < 8  # of 255: H.264 halves the colours' resolution
    assert predict(model, read_clip(asset(MOVER), Sampling(16, 3), 64)).top[0].label == "move-right"


def test_the_licence_travels_with_the_clip():
    assert "perfanalytics" in asset("LICENSE.walk").read_text()
