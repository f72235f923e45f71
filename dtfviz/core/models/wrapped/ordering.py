"""How the axes of a module's logits stand: B clips, K classes, T steps, whichever comes first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

CLIPS = 2  # in the run that tells: what is folded into the batch shows


@dataclass(frozen=True)
class Order:
    """One of them, as a layout."""

    axes: str = "BK"  # or BKT, BTK, (BT)K
    steps: int = 1  # of a clip that is folded into the batch

    def settle(self, logits: Tensor) -> Tensor:
        """[B, K] or [B, K, T]"""
        unfolded = logits.unflatten(0, (-1, self.steps)) if self.axes == "(BT)K" else logits
        return unfolded.transpose(1, 2) if self.axes in ("BTK", "(BT)K") else unfolded


def order_of(logits: Any, frames: int, classes: Sequence[str] | None) -> Order | None:
    """How the axes of logits of two clips stand; None where they are none."""
    if not isinstance(logits, Tensor) or logits.dim() not in (2, 3) or not len(logits):
        return None
    steps, rest = divmod(len(logits), CLIPS)
    if logits.dim() == 2:
        is_folded = steps > 1 and rest == 0 and frames % steps == 0
        return Order() if len(logits) == CLIPS else Order("(BT)K", steps) if is_folded else None
    if len(logits) != CLIPS:
        return None
    first, last = logits.shape[1:]
    return Order("BTK") if is_steps_first(first, last, frames, len(classes or ())) else Order("BKT")


def is_steps_first(first: int, last: int, frames: int, classes: int) -> bool:
    """Whether [B, first, last] are frames before classes: by the number of class names, else where the first are as
    many as the frames and the last could be no steps.
    """
    if first != last and classes in (first, last):
        return classes == last
    return first == frames and frames % last != 0
