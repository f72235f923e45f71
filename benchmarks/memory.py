"""What torch allocates on the CPU while something runs, by its own profiler."""

from collections.abc import Callable
from itertools import accumulate

import torch


def peak_of(work: Callable[[], object]) -> float:
    """Megabytes that torch's CPU allocator holds at most above what it held before."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profiler:
        work()
    events = profiler.profiler.kineto_results.events()
    changes: list[int] = [event.nbytes() for event in events if event.name() == "[memory]"]
    return max(accumulate(changes)) / 2**20
