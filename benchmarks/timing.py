"""Ratios of two things measured in one run: interleaved, the fastest of several rounds of each."""

import subprocess
import time
from collections.abc import Callable, Sequence


def fastest(
    candidates: Sequence[Callable[[], object]], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Seconds of each candidate's fastest round; every round runs all of them, so that a busy machine is busy for
    all. On one thread `time.process_time` also leaves out what others took.
    """
    best = [float("inf")] * len(candidates)
    for _ in range(rounds):
        for index, candidate in enumerate(candidates):
            start = clock()
            candidate()
            best[index] = min(best[index], clock() - start)
    return best


def process(*command: str) -> Callable[[], object]:
    """A whole process as a candidate."""
    return lambda: subprocess.run(command, check=True, capture_output=True)
