from dataclasses import replace

import numpy as np
import pytest
from found import full_filters, static_of
from matplotlib.figure import Figure
from videos import number_of, write_video

from dtfviz.core.learning.datasets import MotionSet
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.render.cam.source import pictures_at
from dtfviz.core.render.filters.film import LOOKS, choose_factor, draw_arrows, draw_marked, mark_position, marks_of
from dtfviz.core.results.places import even_cells


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """96 x 64, of which the crop takes the columns 16 to 79."""
    return read_clip(
        write_video(tmp_path_factory.mktemp("film") / "v.mp4", 40, size=(96, 64)),
        Sampling(16, stride=2, start_frame=3),
        32,
    )


def test_frames_are_those_of_the_video_whole(clip):
    pictures = pictures_at(clip, [0, 15, 2])
    assert [number_of(picture) for picture in pictures] == [3, 33, 7]
    assert pictures[0].shape == (64, 96, 3)


def test_a_clip_that_no_file_holds_shows_what_was_drawn():
    drawn = MotionSet(size=32).clip(1)
    assert np.array_equal(pictures_at(drawn, [4])[0], drawn.frames[4])


def test_where_the_file_is_gone_what_the_model_saw_stands_in_its_place(clip):
    gone = replace(clip, video=replace(clip.video, path=clip.video.path.with_name("gone.mp4")))
    (picture,) = pictures_at(gone, [0])
    assert picture.shape == (64, 96, 3)
    assert (picture[:, :16] == 255).all()
    assert (
        np.abs(picture[:, 24:72].astype(int) - pictures_at(clip, [0])[0][:, 24:72]).mean() < 10
    )  # of bars, black and white


def test_positions_differ_in_colour_mark_and_line():
    for part in ("colour", "mark", "sign"):
        assert len({getattr(look, part) for look in LOOKS}) == len(LOOKS)
    assert len({str(look.line) for look in LOOKS}) == len(LOOKS)


def test_a_position_is_marked_at_its_pixel_and_by_the_footprint_of_its_cell(clip):
    axes, place = Figure().subplots(), full_filters(clip).positions[1]
    mark_position(axes, place, LOOKS[1])
    box = axes.patches[-1]
    assert (box.get_xy(), box.get_width(), box.get_height()) == ((31.5, -0.5), 16, 32)
    assert axes.lines[0].get_xydata().tolist() == [[40, 8]]


def test_arrows_begin_in_the_middle_of_inner_cells_and_are_as_long_as_they_say(clip):
    moves = np.zeros((4, 4, 2))
    moves[:, :] = 8, -4
    moves[1, 1] = 0.1, 0
    axes = Figure().subplots()
    draw_arrows(axes, clip.box, even_cells((16, 32, 32), (4, 4, 4)), moves)  # cells of 16 x 16 pixels
    (arrows,) = axes.collections
    assert arrows.get_offsets().tolist() == [[55.5, 23.5], [39.5, 39.5], [55.5, 39.5]]
    assert (arrows.U.tolist(), arrows.V.tolist(), arrows.scale) == ([8] * 3, [-4] * 3, 1)


@pytest.mark.parametrize(("reach", "factor"), [(0.9, 1), (0.5, 2), (0.1, 10), (0.001, 100)])
def test_arrows_are_lengthened_by_a_round_factor_for_all_alike(clip, reach, factor):
    results = [
        full_filters(clip, displacement=np.full((3, 2, 4, 2), reach)),
        full_filters(clip, displacement=None),
        static_of(clip),
    ]
    assert choose_factor(results) == factor
    assert choose_factor(results[1:]) >= 1


def test_lines_over_small_pictures_are_thinner(clip):
    def thickness(inches):
        axes = Figure(figsize=(inches, inches)).add_axes((0, 0, 1, 1))
        draw_marked(axes, clip.frames[0], clip, marks_of([full_filters(clip)]))
        return [patch.get_linewidth() for patch in axes.patches]

    large, small = thickness(4), thickness(0.8)
    assert small == pytest.approx([thick / 2 for thick in large])
    assert len(large) == 1 + 2 * 2  # the crop, and two cells with a white edge each
