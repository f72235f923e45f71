"""How much a prediction depends on time: what a model answers to a clip, against its answers to the clip with its time
changed.

Shuffling and freezing at the first frame are the tests of Dynamic Representation Learning (Li and Vasconcelos, CVPR
2022); the other changes are additions of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dtfviz.core.media.clip import Clip
from dtfviz.core.results.interval import Interval, interval_of
from dtfviz.core.results.predictions import Guess

PAPER, OURS = "paper", "ours"
CHANGES: Mapping[str, str] = {  # by the name of the order, and whose test it is
    "shuffled": PAPER,
    "frozen": PAPER,
    "frozen-middle": OURS,
    "reversed": OURS,
    "half-rate": OURS,
}
QUANTITIES = ("kl", "flips", "log_change", "weights")


@dataclass(frozen=True)
class Effect:
    """What a change did to the prediction, one value a try: only shuffling is tried more than once."""

    change: str  # one of CHANGES
    kl: tuple[float, ...]  # KL(f(x) || f(changed)), nats
    flips: tuple[bool, ...]  # whether another class came first
    log_change: tuple[float, ...]  # of the top class's log-probability, nats: negative where it became less probable
    excess: tuple[float, ...]  # cross-entropy of the changed clip less that of the clip, nats
    tops: tuple[Guess, ...]  # what the changed clip is taken for

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Effect":
        """From what `asdict` made of one, after a way through JSON."""
        tries = {key: tuple(stored[key]) for key in ("kl", "flips", "log_change", "excess")}
        return cls(stored["change"], **tries, tops=tuple(Guess(**top) for top in stored["tops"]))

    @property
    def weights(self) -> tuple[float, ...]:
        """1 - exp(-max(0, excess)): 0 where the change costs nothing, near 1 where the class is lost without time."""
        return tuple(float(-np.expm1(-max(0.0, value))) for value in self.excess)

    def mean(self, quantity: str) -> float:
        return float(np.mean(getattr(self, quantity)))

    def spread(self, quantity: str) -> float | None:
        """The standard deviation over the tries; none of one."""
        values = getattr(self, quantity)
        return float(np.std(values, ddof=1)) if len(values) > 1 else None


@dataclass(frozen=True)
class Row:
    """One video of several."""

    video: str
    top: Guess
    aim: Guess  # the class whose cross-entropy makes the weights: the top one unless another was named
    effects: tuple[Effect, ...]

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Row":
        """From what `asdict` made of one, after a way through JSON."""
        return cls(
            stored["video"], Guess(**stored["top"]), Guess(**stored["aim"]), tuple(map(Effect.read, stored["effects"]))
        )

    def effect(self, change: str) -> Effect:
        return next(effect for effect in self.effects if effect.change == change)


@dataclass(frozen=True)
class TemporalTests:
    """The tests of one clip."""

    model: str
    trust: str
    classes_note: str
    clip: Clip
    seed: int  # of the shuffles, which follow each other from it
    top: Guess
    aim: Guess
    effects: tuple[Effect, ...]
    implementation: str  # which one of the operators ran
    activation: str = "softmax"  # or "sigmoid", of labels that do not exclude each other
    remarks: tuple[str, ...] = ()  # what a reader should know of the clip

    @property
    def row(self) -> Row:
        return Row(str(self.clip.video.path), self.top, self.aim, self.effects)


@dataclass(frozen=True)
class TemporalSurvey:
    """The tests of a folder of videos."""

    model: str
    trust: str
    classes_note: str
    source: str  # the folder
    seed: int
    rows: tuple[Row, ...]
    skipped: tuple[tuple[str, str], ...]  # videos that could not be analysed, and why
    activation: str = "softmax"  # as of one

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "TemporalSurvey":
        """From what `asdict` made of one, after a way through JSON."""
        head = {key: stored[key] for key in ("model", "trust", "classes_note", "source", "seed")}
        return cls(
            **head,
            rows=tuple(map(Row.read, stored["rows"])),
            skipped=tuple((name, why) for name, why in stored["skipped"]),
        )

    def values(self, change: str, quantity: str) -> NDArray[np.float64]:
        """One a video."""
        return np.array([row.effect(change).mean(quantity) for row in self.rows])

    def interval(self, change: str, quantity: str) -> Interval:
        return interval_of(self.values(change, quantity), self.seed)

    def ranked(self, change: str = "shuffled", quantity: str = "kl") -> list[Row]:
        """The videos that need time most come first."""
        return sorted(self.rows, key=lambda row: row.effect(change).mean(quantity), reverse=True)
