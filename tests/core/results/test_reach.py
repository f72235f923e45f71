import numpy as np
import pytest

from dtfviz.core.results.reach import Span, fewest, standard_error


def test_a_span_of_equal_positions_has_size_stride_and_offset():
    span = Span(16, np.array([-3, 1, 5]), np.array([3, 7, 11]))
    assert (span.size, span.stride, span.offset, span.is_even, span.is_global) == (7, 4, -3, True, False)
    assert [span.inside(position) for position in range(3)] == [(0, 3), (1, 7), (5, 11)]


def test_positions_that_differ_have_no_stride():
    span = Span(16, np.array([0, 0, 4]), np.array([3, 7, 7]))
    assert (span.size, span.stride, span.sizes.tolist()) == (8, None, [4, 8, 4])


def test_a_single_position_has_no_stride():
    assert Span(16, np.array([-2]), np.array([20])).stride is None


@pytest.mark.parametrize(("share", "count"), [(0.2, 1), (0.4, 1), (0.5, 2), (0.7, 2), (0.71, 3), (1.0, 4)])
def test_the_fewest_values_that_hold_a_share(share, count):
    assert fewest(np.array([[0.1, 0.4], [0.2, 0.3]]), share) == count


def test_the_standard_error_of_two_is_half_their_difference():
    assert standard_error(np.array([[1.0, 5.0], [3.0, 5.0]])) == pytest.approx([1.0, 0.0])
    assert np.isnan(standard_error(np.ones((1, 3)))).all()
