import numpy as np
import pytest
from frames import grey_clip

from dtfviz.core.media.clip import Box
from dtfviz.core.results.places import Axis, Cells, even_cells, share_evenly

STRIDED = Axis(16, 4, 0.0, 4.0)  # as after two convolutions of stride 2 that are padded: centres 0, 4, 8, 12
BOX = Box(10, 20, 64, 32)


def test_a_place_belongs_to_the_cell_whose_centre_is_nearest():
    assert STRIDED.centres.tolist() == [0, 4, 8, 12]
    assert STRIDED.cell_at(np.arange(16)).tolist() == [0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3]
    assert share_evenly(16, 4).cell_at(np.arange(16)).tolist() == np.repeat(range(4), 4).tolist()


def test_weights_are_linear_between_centres_and_constant_beyond():
    weights = STRIDED.weights([-3, 0, 1, 6, 15])
    assert weights.tolist() == [[1, 0, 0, 0], [1, 0, 0, 0], [0.75, 0.25, 0, 0], [0, 0.5, 0.5, 0], [0, 0, 0, 1]]


@pytest.mark.parametrize("axis", [STRIDED, share_evenly(16, 3), share_evenly(3, 5), Axis(16, 4, -2.0, 4.0)])
def test_borders_tile_the_axis_and_agree_with_the_nearest_centre(axis):
    borders = [axis.borders(cell) for cell in range(axis.count)]
    assert borders[0][0] == 0
    assert borders[-1][1] == 1
    assert [end for _, end in borders[:-1]] == pytest.approx([begin for begin, _ in borders[1:]])
    for share in np.linspace(0.001, 0.999, 97):
        (cell,) = (number for number, (begin, end) in enumerate(borders) if begin <= share < end)
        assert axis.cell_at(axis.place_at(share)) == cell
        assert axis.share_at(axis.place_at(share)) == pytest.approx(share)


def test_a_cells_centre_lies_in_its_footprint_and_belongs_to_it():
    cells = Cells(share_evenly(8, 8), Axis(16, 4, 0.0, 4.0), Axis(32, 4, 0.0, 8.0))
    for row in range(4):
        for col in range(4):
            x, y = cells.centre(BOX, row, col)
            left, top, width, height = cells.footprint(BOX, row, col)
            assert cells.cell_at(BOX, x, y) == (row, col)
            assert left <= x <= left + width
            assert top <= y <= top + height
    assert cells.centre(BOX, 1, 2) == (10 + 16.5 * 2, 20 + 4.5 * 2)  # a pixel of the clip is two of the source
    assert cells.footprint(BOX, 0, 0) == (10, 20, 9, 5)
    assert cells.pitch(BOX) == (16, 8)


def test_steps_are_at_the_times_of_their_centres():
    clip = grey_clip(*range(8))  # a frame each 1/25 s
    even = even_cells((8, 4, 4), (2, 2, 2))
    assert even.step_times(clip) * 25 == pytest.approx([1.5, 5.5])
    assert Cells(Axis(8, 2, 0.0, 4.0), even.rows, even.cols).step_times(clip) * 25 == pytest.approx([0, 4])
    assert Cells(Axis(8, 3, -2.0, 4.5), even.rows, even.cols).step_times(clip) * 25 == pytest.approx([-2, 2.5, 7])
    assert even.shared == ("time", "height", "width")
