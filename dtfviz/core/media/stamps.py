"""In which order the frames of a file are shown, and when, by the stamps of its packets: these may be alike, or begin
again where files were put together.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Packet(NamedTuple):
    """A frame as its file holds it, in ticks of the file's clock."""

    shown: int
    decoded: int | None
    is_key: bool  # whether decoding can begin with it


def order(packets: Sequence[Packet]) -> list[Packet]:
    """As they are shown: by their stamps, file by file where several were put together."""
    joins = [number for number, pair in enumerate(pairwise(packets), start=1) if begins_again(*pair)]
    parts = [packets[begin:end] for begin, end in pairwise([0, *joins, len(packets)])]
    return [packet for part in parts for packet in sorted(part, key=lambda packet: packet.shown)]


def begins_again(before: Packet, packet: Packet) -> bool:
    """Whether another file begins with a packet: within one the clock of decoding never goes back."""
    if before.decoded is None or packet.decoded is None:
        return False
    return packet.is_key and packet.decoded < before.decoded


def growing(stamps: Sequence[int], usual: float) -> NDArray[np.float64]:
    """Stamps as ticks from 0 that grow from frame to frame: frames of one stamp share the time until the next, and what
    begins again follows what was before. `usual`: ticks a frame where the stamps say nothing of it.
    """
    steps = np.diff([float(stamp - stamps[0]) for stamp in stamps], prepend=0.0)
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else usual
    moved = np.cumsum(np.where(steps < 0, usual, steps))
    values, firsts = np.unique(moved, return_index=True)
    alike = len(moved) - firsts[-1]  # of the last stamp
    end = values[-1] + alike * (values[-1] / firsts[-1] if firsts[-1] else usual)
    return np.asarray(np.interp(np.arange(len(moved)), [*firsts, len(moved)], [*values, end]))


def keyframes(shown: Sequence[Packet]) -> tuple[int, ...]:
    """Numbers of frames that can be sought by their stamps: none where these begin again, none of several alike."""
    stamps = [packet.shown for packet in shown]
    if any(after < before for before, after in pairwise(stamps)):
        return ()
    alike = {before for before, after in pairwise(stamps) if before == after}
    return tuple(number for number, packet in enumerate(shown) if packet.is_key and packet.shown not in alike)
