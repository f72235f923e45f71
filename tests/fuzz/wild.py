"""Values that no one means: for fields of records, numbers of options, sizes in pickles."""

from random import Random
from typing import Any

NUMBERS = (-1, 0, 1, 2, 3, 1000, 10**6, 2**31 - 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64, 10**30, 10**400, -(2**63))
FLOATS = (0.5, -0.0, 1e-320, 1e308, float("nan"), float("inf"), float("-inf"))
NAMES = ("", "x", "x" * 100_000, "²", "٣", "1e9", "nan", "None", "../..", "/", "ä")
HOSTILE = ("a\0b", "\x1b]0;x\x07", "\x1b[2J", "[/red]", "[link=file:///]x", "$\\q{$", "a\nb", "\u202e", "\x9b31m")
WORDS = (*NAMES, *HOSTILE)


def nested(depth: int) -> list[Any]:
    """A list in a list in a list."""
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


def value(draw: Random) -> Any:
    """Anything that JSON can hold, and some that it should not."""
    kind = draw.randrange(8)
    if kind < 3:
        return draw.choice(NUMBERS)
    if kind == 3:
        return draw.choice(FLOATS)
    if kind == 4:
        return draw.choice(WORDS)
    if kind == 5:
        return draw.choice((None, True, False, [], {}, nested(50)))
    if kind == 6:
        return [value(draw) for _ in range(draw.randrange(5))]
    return {draw.choice(WORDS): value(draw) for _ in range(draw.randrange(3))}
