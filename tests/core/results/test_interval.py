import numpy as np
import pytest

from dtfviz.core.results.interval import interval_of


def test_the_interval_of_many_normal_values_is_the_textbooks():
    values = np.random.default_rng(5).normal(3, 2, 400)
    found = interval_of(values)
    half = 1.96 * values.std(ddof=1) / 20
    assert found.mean == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx(
        (values.mean() - half, values.mean() + half), abs=0.05 * half * 2
    )  # 2000 draws
    assert interval_of(values) == found


def test_one_or_two_videos_have_no_interval_and_equal_ones_have_one_without_width():
    assert interval_of([2.0]).low is interval_of([1.0, 3.0]).low is None
    assert interval_of([1.0, 3.0]).mean == 2
    assert (interval_of([2.0] * 3).low, interval_of([2.0] * 3).high) == (2.0, 2.0)
