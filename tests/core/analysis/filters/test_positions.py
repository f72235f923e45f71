import numpy as np
import pytest
from videos import turn, write_video

from dtfviz.core.analysis.filters.positions import extremes, locate
from dtfviz.core.errors import OptionError, Use
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.results.cam import Cam, Target
from dtfviz.core.results.filters import Cell, Share
from dtfviz.core.results.places import Axis, Cells, even_cells, share_evenly


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """96 x 64, of which the crop takes the columns 16 to 79."""
    return read_clip(write_video(tmp_path_factory.mktemp("place") / "v.mp4", 20, size=(96, 64)), Sampling(16), 32)


def shared(rows, cols):
    return even_cells((16, 32, 32), (4, rows, cols))


def cam_of(clip, raw):
    return Cam(
        clip, "n", "trained", "l", "gradcam", "clip", Target(0, None, "a"), 0, 0, np.asarray(raw, np.float32), "cpu", ()
    )


@pytest.mark.parametrize(
    ("pixel", "cell"),
    [
        ((16, 0), (0, 0)),
        ((31.9, 15.9), (0, 0)),
        ((32, 0), (0, 1)),
        ((16, 16), (1, 0)),
        ((79, 63), (3, 3)),
        ((79.9, 63.9), (3, 3)),
    ],
)
def test_a_pixel_lies_in_the_cell_whose_share_of_the_crop_holds_it(clip, pixel, cell):
    found = locate(clip, shared(4, 4), pixel)
    assert (found.row, found.col) == cell
    assert (found.x, found.y) == pixel
    left, top, width, height = found.box
    assert left <= pixel[0] < left + width
    assert top <= pixel[1] < top + height


@pytest.mark.parametrize("grid", [(7, 7), (4, 9), (1, 1)])
def test_the_middle_of_every_cell_lies_in_it_and_footprints_tile_the_crop(clip, grid):
    cells = [Cell(row, col) for row in range(grid[0]) for col in range(grid[1])]
    for cell in cells:
        middle = locate(clip, shared(*grid), cell)
        assert locate(clip, shared(*grid), (middle.x, middle.y)) == middle
    boxes = [shared(*grid).footprint(clip.box, cell.row, cell.col) for cell in cells]
    assert sum(width * height for _, _, width, height in boxes) == pytest.approx(64 * 64)
    assert boxes[0][:2] == (16, 0)
    assert (boxes[-1][0] + boxes[-1][2], boxes[-1][1] + boxes[-1][3]) == pytest.approx((80, 64))


def test_a_pixel_lies_in_the_cell_whose_centre_is_nearest(clip):
    strided = Cells(share_evenly(16, 4), Axis(32, 4, 0.0, 8.0), Axis(32, 4, 0.0, 8.0))  # a pixel is two of the video
    assert [locate(clip, strided, (x, 0)).col for x in (16, 24, 25, 40, 41, 56, 57, 79)] == [0, 0, 1, 1, 2, 2, 3, 3]
    middle = locate(clip, strided, Cell(0, 1))
    assert (middle.x, middle.y, middle.box) == (16 + 17, 1, (16 + 9, 0, 16, 9))
    assert locate(clip, strided, (middle.x, middle.y)) == middle


def test_pixels_are_those_of_the_turned_picture(tmp_path):
    phone = turn(write_video(tmp_path / "phone.mp4", 4, size=(96, 64)), 90)
    clip = read_clip(phone, Sampling(4), 32)  # 64 x 96, the rows 16 to 79
    assert locate(clip, shared(4, 4), (63, 79)).box == (48, 64, 16, 16)


def test_shares_go_from_the_first_pixel_of_the_frame_to_the_last(clip):
    assert (locate(clip, shared(4, 4), Share(0.5, 1)).x, locate(clip, shared(4, 4), Share(0.5, 1)).y) == (47, 63)
    with pytest.raises(OptionError, match="95,0 lies outside the center crop"):
        locate(clip, shared(4, 4), Share(1, 0))


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ((96, 10), r"outside the frame; positions are x from 16 to 79 and y from 0 to 63; try: pos=\(48, 32\)"),
        ((40, -1), "outside the frame"),
        ((80, 10), "outside the center crop, which is all that the model sees; positions are x from 16 to 79"),
        ((15.9, 10), "outside the center crop"),
        ((float("nan"), 10), "outside the frame"),
        (Cell(4, 0), "rows are 0 to 3 and columns 0 to 3"),
        (Cell(0, -1), "no cell in row 0, column -1"),
    ],
)
def test_a_position_that_the_model_does_not_see_is_refused_with_the_range(clip, wish, words):
    with pytest.raises(OptionError, match=words):
        locate(clip, shared(4, 4), wish)


def test_automatic_positions_are_the_peak_and_the_cell_that_says_least(clip):
    raw = np.full((2, 2, 4), -3.0)
    raw[:, 0, 1] = 4, 1  # the peak by sum: 5
    raw[0, 1, 3] = 4.5  # a higher step, but 4.5 in all
    raw[:, 1, 0] = -0.1  # no positive part, like most, and least of the negative
    raw[:, 1, 1] = 0.01  # says less still, but for the target
    peak, trough = extremes(cam_of(clip, raw))
    assert peak == (16 + 1.5 * 16, 16)
    assert trough == (16 + 0.5 * 16, 48)
    assert locate(clip, shared(8, 8), peak).row == 2  # another layer's grid is finer


@pytest.mark.parametrize(("x", "crop"), [(0, "left"), (15.9, "left"), (80, "right"), (95, "right")])
def test_a_pixel_outside_the_crop_offers_one_that_holds_it(clip, x, crop):
    with pytest.raises(OptionError, match="outside the center crop") as caught:
        locate(clip, shared(4, 4), (x, 10))
    assert caught.value.hint == Use("crop", crop)
    other = read_clip(clip.video, Sampling(16), 32, crop=crop)
    assert locate(other, shared(4, 4), (x, 10)).col in (0, 3)


@pytest.mark.parametrize("percent", range(20, 81, 5))
def test_the_pixel_of_a_percent_leads_back_to_its_cell(clip, percent):
    place = locate(clip, shared(5, 7), Share(percent / 100, percent / 100))
    printed = float(f"{place.x:.0f}"), float(f"{place.y:.0f}")
    assert (locate(clip, shared(5, 7), printed).row, locate(clip, shared(5, 7), printed).col) == (place.row, place.col)
