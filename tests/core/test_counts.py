import pytest

from dtfviz.core.counts import count_of


@pytest.mark.parametrize(("word", "count"), [("0", 0), ("12", 12), ("999999999", 999_999_999), ("٣", 3)])
def test_digits_are_a_count(word, count):
    assert count_of(word) == count


@pytest.mark.parametrize("word", ["", "-1", "1.5", " 1", "1_000", "²", "x", "9" * 10, "9" * 5000])
def test_whatever_else_is_none(word):
    assert count_of(word) is None
