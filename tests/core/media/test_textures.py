import numpy as np
import pytest

from dtfviz.core.media.textures import ONE, blend_rows, colour_noise, dead_leaves, draw_texture, stamp

BASE = np.array([100, 110, 120])


def random(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


@pytest.mark.parametrize("texture", [dead_leaves, colour_noise])
def test_a_texture_fills_its_square_with_colours(texture):
    drawn = texture(random(), 83, 64, BASE)
    assert (drawn.shape, drawn.dtype) == ((83, 83, 3), np.int32)
    assert drawn.min() >= 0
    assert drawn.max() <= 255
    assert (drawn.std((0, 1)) > 10).all()


@pytest.mark.parametrize("texture", [dead_leaves, colour_noise])
def test_a_finer_drawing_shows_the_same(texture):
    small, large = texture(random(), 64, 64, BASE), texture(random(), 256, 256, BASE)
    reduced = large.reshape(64, 4, 64, 4, 3).mean((1, 3))
    assert np.corrcoef(reduced.ravel(), small.ravel())[0, 1] > 0.7


def test_most_textures_are_leaves_which_have_sharp_edges():
    flat = [(np.diff(draw_texture(random(seed), 32, 32), axis=1) == 0).mean() > 0.2 for seed in range(100)]
    assert 52 <= sum(flat) <= 88  # 70 expected, four standard deviations of 4.6


def test_a_stamp_is_an_ellipse_that_touches_its_box():
    drawn = stamp(2, 5)
    assert drawn.shape == (5, 11)
    assert drawn[2].all()
    assert drawn[:, 5].all()
    assert not drawn[0, 0]
    np.testing.assert_array_equal(drawn, drawn[::-1, ::-1])


def test_rows_are_blended_linearly():
    grid = np.array([[[0]], [[100]], [[20]]], np.int32)
    places = np.array([0, ONE // 4, ONE, ONE + ONE // 2])
    assert blend_rows(grid, places).ravel().tolist() == [0, 25, 100, 60]
