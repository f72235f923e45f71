"""Time: how far apart the steps of a network are, by the true times of a clip's frames."""

import numpy as np
from numpy.typing import NDArray

from dtfviz.core.media.clip import Clip
from dtfviz.core.results.places import Cells

UNEVEN = 0.01  # relative difference of gaps from which on it is mentioned
TOO_UNEVEN = 0.1  # beyond it Hz mislead: at 16 steps the highest bins are an eighth apart
OUT_OF_ORDER = np.nan, ("the steps are not in the order of time: frequencies have no Hz",)


def step_spacing(
    clip: Clip, cells: Cells, sampled: NDArray[np.floating] | None = None
) -> tuple[float, tuple[str, ...]]:
    """Seconds from one step to the next by the clip's true times, or by those at which the steps were sampled, and what
    must be said of them.
    """
    steps = cells.time.count
    if steps < 2:
        return np.nan, ("the layer has one step: it says nothing of time",)
    gaps = np.diff(clip.times if sampled is None else sampled)
    if not ((gaps > 0).all() or (gaps < 0).all()):
        return spacing_between_jumps(gaps, cells.time.stride) if sampled is None else OUT_OF_ORDER
    apart = np.abs(np.diff(cells.step_times(clip)) if sampled is None else gaps)
    spacing = float(apart.mean())
    if np.ptp(apart) <= UNEVEN * spacing:
        return spacing, ()
    words = f"steps are unevenly spaced, {apart.min():.3g} to {apart.max():.3g} s apart: frequencies"
    if np.ptp(apart) <= TOO_UNEVEN * spacing:
        return spacing, (f"{words} in Hz hold for their mean",)
    return np.nan, (f"{words} are in cycles a step",)


def spacing_between_jumps(gaps: NDArray[np.float64], frames_per_step: float) -> tuple[float, tuple[str, ...]]:
    """A looped clip jumps now and then; a shuffled or frozen one has no spacing."""
    usual = float(np.median(gaps))
    if usual and np.isclose(gaps, usual, rtol=UNEVEN, atol=0).mean() > 0.5:
        return abs(usual) * frames_per_step, ("the clip jumps in time: frequencies in Hz hold between the jumps",)
    return np.nan, ("the frames are not in the order of time: frequencies have no Hz",)
