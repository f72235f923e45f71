import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from released import GOLDEN
from videos import number_of, turn, write_video

from dtfviz.core.errors import OptionError, Use, VideoError
from dtfviz.core.media.clip import Box, Video, reorder
from dtfviz.core.media.crop import choose_box, merged
from dtfviz.core.media.reading import read_clip, read_crops
from dtfviz.core.media.sampling import Sampling, choose_frames, spread, tile
from dtfviz.core.media.video import open_video


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """100 frames at 25 a second."""
    return write_video(tmp_path_factory.mktemp("clip") / "video.mp4", 100, size=(96, 64))


def chosen(path, *arguments, **options):
    return list(choose_frames(open_video(path), Sampling(*arguments, **options)))


def test_a_clip_is_centred_and_holds_the_frames_it_names(path):
    clip = read_clip(path, Sampling(16), 32)
    assert clip.indices == tuple(range(42, 58))
    assert [number_of(frame) for frame in read_clip(path, Sampling(16), 64, crop="full").frames] == list(clip.indices)
    assert clip.frames.shape == (16, 32, 32, 3)
    assert clip.times == pytest.approx([index / 25 for index in clip.indices])
    assert clip.spacing == pytest.approx(1 / 25)


def test_frames_can_be_chosen_by_stride_rate_start_and_part(path):
    assert chosen(path, 4, stride=10) == [34, 44, 54, 64]
    assert chosen(path, 4, start_frame=7) == [7, 8, 9, 10]
    assert chosen(path, 3, start=1.0) == [25, 26, 27]
    assert chosen(path, 3, start=1.03) == [25, 26, 27]  # the frame shown at that time
    assert chosen(path, 4, fps=5.0, start=0.0) == [0, 5, 10, 15]
    assert chosen(path, 3, fps=50.0, start=1.0) == [25, 25, 26]
    assert chosen(path, 10, part=(1, 4)) == list(range(10))
    assert chosen(path, 10, part=(3, 4)) == list(range(45, 55))


def test_variable_rates_are_sampled_by_their_times(tmp_path):
    ticks = [0, 100, 200, 1000, 1100, 1200, 1900, 2000]
    path = write_video(tmp_path / "vfr.mkv", 8, ticks=ticks)
    assert chosen(path, 5, fps=2.0, start=0.0) == [0, 2, 3, 5, 7]  # at 0, .5, 1, 1.5 and 2 s


CASES = json.loads((GOLDEN / "pipeline.json").read_text())["sampling"]


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if isinstance(case["clips"][0], dict)],
    ids=lambda case: f"{case['duration']} frames, {case['num_segments']} segments, step {case['num_steps']}",
)
def test_clips_spread_over_a_video_are_those_of_the_released_code(case):
    frames = case["clip_length"] * case["num_segments"]
    for number, clip in enumerate(case["clips"], start=1):
        part = (number, case["num_clips"])
        ours = spread(
            case["duration"], Sampling(frames, stride=case["num_steps"], part=part, segments=case["num_segments"])
        )
        assert [index + 1 for index in ours] == clip["frame_ids_1based"]


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"frames": 64, "stride": 2}, Use("stride", 1)),
        ({"frames": 16, "stride": 20}, Use("stride", 6)),
        ({"frames": 16, "stride": 2, "start_frame": 90}, Use("start", 69)),  # 69 + 30 is the last frame
        ({"frames": 64, "stride": 2, "start_frame": 30}, Use("stride", 1)),
        ({"frames": 101}, Use("loop")),
        ({"frames": 16, "fps": 2.0}, Use("fps", 3.79)),  # 15 / 3.96 s
        ({"frames": 101, "fps": 2.0}, Use("loop")),
    ],
)
def test_a_short_video_offers_what_fits_and_then_to_loop(path, options, hint):
    with pytest.raises(VideoError, match="too few for a clip of") as caught:
        chosen(path, **options)
    assert caught.value.hint == hint
    if hint.option in ("stride", "fps"):
        chosen(path, **options | {hint.option: hint.value})
    if hint.option == "start":
        assert chosen(path, **options | {"start_frame": hint.value})[-1] == 99


def test_a_clip_may_begin_again(path):
    assert chosen(path, 4, stride=40, loop=True) == [0, 40, 80, 20]
    with pytest.raises(VideoError, match="100 frames are too few"):
        chosen(path, 16, fps=2.0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"start_frame": 100}, "0 to 99"),
        ({"start": 4.5}, "lasts 4.00 s"),
        ({"start": 0.0, "part": (1, 2)}, "both say where"),
    ],
)
def test_starts_that_are_not_there_are_refused_with_the_range(path, options, words):
    with pytest.raises(OptionError, match=words):
        chosen(path, 4, **options)


@pytest.mark.parametrize(
    ("boxes", "union"),
    [
        ([Box(32, 0, 64, 64), Box(0, 0, 64, 64), Box(16, 0, 64, 64)], [Box(0, 0, 96, 64)]),
        ([Box(0, 64, 64, 64), Box(0, 0, 64, 64)], [Box(0, 0, 64, 128)]),  # they touch
        ([Box(0, 0, 64, 64), Box(65, 0, 64, 64)], [Box(0, 0, 64, 64), Box(65, 0, 64, 64)]),  # a pixel between them
        ([Box(0, 0, 64, 64), Box(8, 8, 64, 64)], [Box(0, 0, 64, 64), Box(8, 8, 64, 64)]),  # together no rectangle
        ([Box(0, 0, 9, 9)] * 3, [Box(0, 0, 9, 9)]),
        ([Box(0, 0, 9, 9), Box(0, 0, 99, 9), Box(5, 0, 9, 9)], [Box(0, 0, 99, 9)]),
    ],
)
def test_boxes_that_make_a_rectangle_are_merged(boxes, union):
    assert merged(boxes) == union


def test_crops_are_squares_of_the_shown_picture(path, tmp_path):
    video = open_video(path)
    assert choose_box(video, "left") == Box(0, 0, 64, 64)
    assert choose_box(video, "center") == Box(16, 0, 64, 64)
    assert choose_box(video, "right") == Box(32, 0, 64, 64)
    assert choose_box(video, "full") == Box(0, 0, 96, 64)
    portrait = open_video(turn(write_video(tmp_path / "phone.mp4", 4, size=(96, 64)), 90))
    assert choose_box(portrait, "right") == Box(0, 32, 64, 64)
    assert read_clip(path, Sampling(2), 32, crop="full").frames.shape == (2, 32, 48, 3)
    with pytest.raises(OptionError, match="'middle'"):
        choose_box(video, "middle")


def test_orders_permute_frames_with_their_times(path):
    clip = read_clip(path, Sampling(8), 16)
    assert reorder(clip, "reversed").indices == clip.indices[::-1]
    assert set(reorder(clip, "frozen").indices) == {clip.indices[0]}
    assert set(reorder(clip, "frozen-middle").indices) == {clip.indices[4]}
    assert reorder(clip, "half-rate").indices == tuple(clip.indices[n] for n in (0, 0, 2, 2, 4, 4, 6, 6))
    shuffled, again = reorder(clip, "shuffled", 1), reorder(clip, "shuffled", 1)
    assert sorted(shuffled.indices) == list(clip.indices) != list(shuffled.indices)
    assert np.array_equal(shuffled.frames, again.frames)
    assert all(
        np.array_equal(shuffled.frames[i], clip.frames[clip.indices.index(n)]) for i, n in enumerate(shuffled.indices)
    )


@pytest.mark.parametrize(
    ("count", "sampling", "slack"),
    [
        (40, Sampling(8), 0),
        (40, Sampling(4, stride=3), 0),
        (8, Sampling(8), 0),
        (40, Sampling(8, fps=10), 1),
    ],  # times fall between frames
)
def test_tiles_cover_the_video_overlap_by_half_and_end_with_it(tmp_path, count, sampling, slack):
    video = open_video(write_video(tmp_path / "v.mp4", count))
    spans = [choose_frames(video, one) for one in tile(video, sampling)]
    assert spans[0][0] == 0
    assert count - 1 - slack <= spans[-1][-1] <= count - 1
    for before, after in pairwise(spans):
        assert before[0] < after[0] <= before[0] + (before[-1] - before[0] + 1) / 2


def test_a_step_stands_in_the_middle_of_its_frames(path):
    clip = read_clip(path, Sampling(8, start_frame=0), 16)
    assert clip.step_times(4) == pytest.approx([0.5 / 25, 2.5 / 25, 4.5 / 25, 6.5 / 25])
    assert clip.step_times(8) == pytest.approx(clip.times)
    assert clip.step_times(3)[2] == pytest.approx(6.5 / 25)  # three, three and two frames


def test_several_crops_are_those_that_are_read_one_by_one(path):
    video = open_video(path)
    together = read_crops(video, Sampling(3), 32, ["left", "full", "right"])
    for clip in together:
        alone = read_clip(video, Sampling(3), 32, crop=clip.crop)
        assert np.array_equal(clip.frames, alone.frames)
        assert (clip.indices, clip.times, clip.box) == (alone.indices, alone.times, alone.box)
    assert [clip.crop for clip in together] == ["left", "full", "right"]


def test_clips_of_one_frame_cover_a_video_at_their_rate(tmp_path):
    video = open_video(write_video(tmp_path / "v.mp4", 50))
    found = [choose_frames(video, one) for one in tile(video, Sampling(1, fps=5))]
    assert [number for (number,) in found] == [*range(0, 49, 5), 49]


@pytest.mark.parametrize(("width", "height"), [(4, 7000), (7000, 4)])
def test_a_video_too_narrow_to_be_kept_whole_is_refused_and_its_middle_is_not(width, height):
    video = Video(Path("v.mp4"), "", "h264", width, height, 0, 25.0, (0.0,))
    with pytest.raises(VideoError, match=f"v.mp4: {width} x {height} pixels are too narrow to be kept whole"):
        choose_box(video, "full")
    assert choose_box(video, "center").width == 4
    assert choose_box(replace(video, width=640, height=20), "full").width == 640
