"""Temporal tests of made-up videos, whose numbers follow from one."""

from dtfviz.core.results.predictions import Guess
from dtfviz.core.results.temporal_tests import CHANGES, Effect, Row

WALKING = Guess(0, "walking", 0.5)


def temporal_row(number: int) -> Row:
    """Every change diverges by `number` and by one more in its two tries."""
    kl = float(number)
    effects = tuple(
        Effect(change, (kl, kl + 1), (True, False), (-kl, -kl), (kl, kl), (WALKING, WALKING)) for change in CHANGES
    )
    return Row(f"a class of a long name/video {number}.mp4", WALKING, WALKING, effects)
