"""What kind of answer a model gives, and how every analysis reads it: one score a class, one probability a class.

An answer is logits over classes [B, K], or over classes and time [B, K, T]; its classes exclude each other (softmax) or
do not (sigmoid). Over time a class has one score for the whole clip, its highest or its mean, or the one at a second.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from dtfviz.core.choices import ACTIVATIONS, ANSWERS, POOLS
from dtfviz.core.errors import OptionError, Use
from dtfviz.core.media.clip import even_times

CLASSES, TIMELINE = ANSWERS
SOFTMAX, SIGMOID = ACTIVATIONS
HIGHEST, MEAN = POOLS
Settle = Callable[[Tensor], Tensor]  # [B, K] or [B, K, T] -> [B, K]


@dataclass(frozen=True)
class Answer:
    """What a model's card says of its answer."""

    kind: str = CLASSES
    activation: str = SOFTMAX

    @property
    def is_timeline(self) -> bool:
        """Whether there is one for every step."""
        return self.kind == TIMELINE


ONCE = Answer()  # a probability a class


def read_answer(stored: Mapping[str, str]) -> Answer:
    """From what `asdict` made of one; a ValueError for words that are none of ours."""
    answer = Answer(**stored)
    if answer.kind not in ANSWERS or answer.activation not in ACTIVATIONS:
        raise ValueError(f"no answer is {answer.activation} over {answer.kind}")
    return answer


@dataclass(frozen=True)
class Moment:
    """A target of an answer over time: a class over the whole clip, by its highest or mean score, or at a second."""

    target: Any = None  # a class by number or name, two for their difference, None for the top one
    at: float | None = None  # seconds
    pooled: str = HIGHEST

    @property
    def words(self) -> str:
        """When the class is meant."""
        if self.at is not None:
            return f"at {self.at:.2f} s"
        return "highest over time" if self.pooled == HIGHEST else "mean over time"


WHOLE = Moment()


def moment_of(target: Any) -> Moment:
    """A target of any kind as a moment: over the whole clip where it says nothing of time."""
    return target if isinstance(target, Moment) else replace(WHOLE, target=target)


def settling(answer: Answer, moment: Moment, times: Sequence[float]) -> Settle:
    """What makes one score a class of a model's logits, for a clip whose frames have these times."""
    if not answer.is_timeline:
        if replace(moment, target=None) != WHOLE:
            raise OptionError("the model answers once for the whole clip", fact="an answer over time has moments")
        return lambda logits: logits
    if moment.at is not None:
        return lambda logits: logits[..., nearest(moment, times, logits.shape[-1])]
    return (lambda logits: logits.amax(-1)) if moment.pooled == HIGHEST else (lambda logits: logits.mean(-1))


def nearest(moment: Moment, times: Sequence[float], steps: int) -> int:
    """The step of the answer whose seconds are nearest."""
    at, low, high = moment.at or 0.0, min(times), max(times)
    if not low <= at <= high:
        raise OptionError(
            f"there is no answer at {at:g} s",
            fact=f"the clip lasts from {low:.2f} to {high:.2f} s",
            hint=Use("at", round((low + high) / 2, 2)),
        )
    return int(np.abs(even_times(times, steps) - at).argmin())


# --- from scores to probabilities -------------------------------------------------------------------------------------
def probabilities(logits: Tensor, answer: Answer) -> Tensor:
    """[..., K]"""
    return logits.sigmoid() if answer.activation == SIGMOID else logits.softmax(-1)


def log_probabilities(logits: Tensor, answer: Answer) -> Tensor:
    """[..., K], natural."""
    return functional.logsigmoid(logits) if answer.activation == SIGMOID else functional.log_softmax(logits, -1)


def divergence(own: Tensor, other: Tensor, answer: Answer) -> float:
    """KL(own || other) of log-probabilities [K], nats: of labels that do not exclude each other, summed over them.

    It is never negative, but the rounding of its sum may be.
    """
    total = functional.kl_div(other, own, reduction="sum", log_target=True)
    if answer.activation == SIGMOID:
        total = total + functional.kl_div(rest(other), rest(own), reduction="sum", log_target=True)
    return max(0.0, float(total))


def rest(line: Tensor) -> Tensor:
    """log(1 - p) from log p, which is below 0."""
    return (-line.expm1()).clamp_min(torch.finfo(line.dtype).tiny).log()
