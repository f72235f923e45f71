import pytest
import torch
from videos import number_of, write_video

from dtfviz.core.learning.datasets import Item, VideoSet, read_list
from dtfviz.core.learning.feed import MotionStream, Share, Turns, VideoStream, feed
from dtfviz.core.learning.recipes import RECIPES, settle
from dtfviz.core.models.building import build_model


@pytest.fixture(scope="module")
def card():
    return build_model("dtf_net_motion", frames=4, size=32).card


@pytest.fixture
def videos(tmp_path):
    """Six videos, the fourth of which is none."""
    for number in range(6):
        write_video(tmp_path / f"{number}.mp4", 10)
    (tmp_path / "3.mp4").write_bytes(b"no video at all")
    (tmp_path / "list.txt").write_text("".join(f"{number}.mp4 10 {number}\n" for number in range(6)))
    return read_list(tmp_path / "list.txt")


def settled(name, **asked):
    return settle(RECIPES[name], ["dtf_net"], **asked)[0]


def same(one, other):
    assert torch.equal(one.frames, other.frames)
    assert torch.equal(one.labels, other.labels)
    assert one.broken == other.broken


def test_turns_go_on_where_a_training_stands_and_are_shared_in_equal_parts():
    assert list(Turns(0, 3, 4, Share())) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert list(Turns(2, 3, 4, Share())) == [[8, 9, 10, 11]]
    assert list(Turns(1, 3, 4, Share(1, 2))) == [[6, 7], [10, 11]]
    assert len(Turns(1, 3, 4, Share())) == 2


def test_batches_are_the_same_whoever_makes_them(card, videos):
    stream = VideoStream(settled("released", batch=2), card, 5, videos)
    here = list(feed(stream, Turns(0, 4, 2, Share()), workers=0, pin=False))
    there = list(feed(stream, Turns(0, 4, 2, Share()), workers=2, pin=False))
    late = list(feed(stream, Turns(2, 4, 2, Share()), workers=1, pin=False))
    assert (len(here), here[0].frames.shape, here[0].frames.dtype) == (4, (2, 3, 4, 32, 32), torch.uint8)
    for one, other in zip(here + here[2:], there + late, strict=True):
        same(one, other)


def test_loading_draws_nothing_from_what_drop_out_draws_from(card, videos):
    torch.manual_seed(3)
    before = torch.get_rng_state()
    list(
        feed(VideoStream(settled("released", batch=2), card, 5, videos), Turns(0, 2, 2, Share()), workers=0, pin=False)
    )
    assert torch.equal(torch.get_rng_state(), before)


def test_every_epoch_has_every_video_once_in_an_order_of_its_own(card, videos):
    readable = VideoSet(tuple(item for item in videos.items if item.label != 3), 6)
    stream = VideoStream(settled("paper"), card, 0, readable)
    labels = [stream[number].label for number in range(15)]
    epochs = [labels[:5], labels[5:10], labels[10:]]
    assert all(sorted(epoch) == [0, 1, 2, 4, 5] for epoch in epochs)
    assert len(set(map(tuple, epochs))) > 1
    assert labels != [VideoStream(settled("paper"), card, 1, readable)[number].label for number in range(15)]


def test_a_video_that_cannot_be_read_is_replaced_by_the_next_of_its_epoch_and_named(card, videos):
    stream = VideoStream(settled("paper"), card, 0, videos)
    samples = [stream[number] for number in range(6)]
    at = next(number for number, sample in enumerate(samples) if sample.broken)
    assert samples[at].label == samples[(at + 1) % 6].label
    assert samples[at].broken[0][0] == videos.name(3)
    assert "cannot be read as a video" in samples[at].broken[0][1]
    assert sum(bool(sample.broken) for sample in samples) == 1


def test_where_no_video_can_be_read_there_are_no_frames(card, videos):
    stream = VideoStream(settled("paper", batch=2), card, 0, VideoSet(videos.items[3:4] * 2, 4))
    batch = next(iter(feed(stream, Turns(0, 1, 2, Share()), workers=0, pin=False)))
    assert batch.frames is None
    assert batch.broken[0][0] == videos.name(3)


@pytest.mark.parametrize(("count", "firsts"), [(7, {0, 1, 2, 3}), (4, {0}), (3, {0})])
def test_clips_begin_anywhere_in_a_video_and_begin_again_where_it_is_too_short(card, tmp_path, count, firsts):
    write_video(tmp_path / "square.mp4", count, size=(48, 48))
    stream = VideoStream(settled("motion"), card, 0, VideoSet((Item(tmp_path / "square.mp4", 0),), 1))
    clips = [
        [number_of(frame.permute(1, 2, 0).numpy()) for frame in stream[number].frames.transpose(0, 1)]
        for number in range(30)
    ]
    assert {clip[0] for clip in clips} == firsts
    assert all(clip == [(clip[0] + step) % count for step in range(4)] for clip in clips)


def test_generated_clips_get_as_difficult_as_the_curriculum_says(card):
    stream = MotionStream(settled("motion", batch=10), card, 0, steps=100)
    # 0 for a quarter of the steps, .5 from three quarters on, straight between
    assert [stream.difficulty(10 * step) for step in (0, 25, 50, 75, 99)] == pytest.approx([0, 0, 0.25, 0.5, 0.5])
    sample = stream[3]
    assert (sample.frames.shape, sample.mask.shape, sample.mask.dtype) == ((3, 4, 32, 32), (4, 32, 32), torch.bool)
    assert torch.equal(stream[3].frames, sample.frames)
    assert not torch.equal(stream[4].frames, sample.frames)
    assert not torch.equal(MotionStream(settled("motion"), card, 1, 100)[3].frames, sample.frames)
