"""Whole numbers as people write them."""

DIGITS = 9  # more count nothing that there is, and Python reads no thousands of them


def count_of(word: str) -> int | None:
    """The number that a word is, in digits alone; None where it is none, as `²` is."""
    return int(word) if len(word) <= DIGITS and word.isdecimal() else None
