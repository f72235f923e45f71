"""How well a model knows the clips of a data set."""

from dataclasses import dataclass
from math import sqrt
from statistics import harmonic_mean

import numpy as np
from numpy.typing import NDArray

from dtfviz.core.media.motion import REVERSED

NORMAL_95 = 1.959963984540054  # standard deviations that hold 95 % of a normal distribution
FIVE = 5


@dataclass(frozen=True)
class Proportion:
    """A share, and how many clips it rests on."""

    value: float
    clips: float

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, at 95 %: of the true shares those that would not make this one surprising. It stays within 0 and
        1.
        """
        z = NORMAL_95 / sqrt(self.clips)
        middle = (self.value + z**2 / 2) / (1 + z**2)
        reach = z / (1 + z**2) * sqrt(self.value * (1 - self.value) + z**2 / 4)
        return max(0.0, middle - reach), min(1.0, middle + reach)


@dataclass(frozen=True)
class Protocol:
    """What is shown of every item of a data set; its scores are the mean over the views of their softmax."""

    clips: int = 1  # spread over a video as the paper's evaluation spreads them; a single one is centred
    crops: tuple[str, ...] = ("center",)
    order: str = "normal"  # one of clip.ORDERS
    seed: int = 0  # of the shuffle, with the number of the item and of the view
    stride: int | None = None  # None: the model's
    loop: bool = False  # begin again where a video is too short
    pooled: str | None = None  # of an answer over time: "max" or "mean"; None: the model answers once

    @property
    def views(self) -> int:
        return self.clips * len(self.crops)

    @property
    def words(self) -> str:
        views = "one view" if self.views == 1 else f"mean over {self.clips} x {len(self.crops)} views"
        over = f", {self.pooled} over time" if self.pooled else ""
        return f"{views}, frames in {self.order} order{over}"


@dataclass(frozen=True)
class Evaluation:
    """N items that could be read, K classes. All shares are over these N: what could not be read is in `failed`."""

    model: str
    trust: str
    data: str  # where the items come from
    protocol: Protocol
    num_classes: int
    classes: tuple[str, ...] | None  # names, where they are known
    classes_note: str  # what must be said of the names
    names: tuple[str, ...]  # of the items
    labels: NDArray[np.int64]  # (N,) of the model's classes
    scores: NDArray[np.float32]  # (N, K) probabilities, averaged over views
    failed: tuple[tuple[str, str], ...] = ()  # items that could not be read, and why
    activation: str = "softmax"  # of the scores; or "sigmoid", of labels that do not exclude each other

    @property
    def answers(self) -> NDArray[np.int64]:
        """(N,) the most probable class; of equals the first."""
        return np.asarray(self.scores.argmax(axis=1), np.int64)

    @property
    def ranks(self) -> NDArray[np.int64]:
        """(N,) how many classes are taken to be more probable than the true one; of equals the first ones."""
        own = np.take_along_axis(self.scores, self.labels[:, None], axis=1)
        before = np.arange(self.num_classes) < self.labels[:, None]
        return np.asarray(((self.scores > own) | ((self.scores == own) & before)).sum(axis=1), np.int64)

    @property
    def top1(self) -> Proportion:
        return self.proportion(self.ranks == 0)

    @property
    def top5(self) -> Proportion | None:
        """None where five answers are all or nearly all there are."""
        return self.proportion(self.ranks < FIVE) if self.num_classes > FIVE else None

    @property
    def confusion(self) -> NDArray[np.int64]:
        """(K, K) items: of row's class, taken for column's."""
        pairs = self.labels * self.num_classes + self.answers
        return np.bincount(pairs, minlength=self.num_classes**2).reshape(self.num_classes, self.num_classes)

    @property
    def class_accuracies(self) -> NDArray[np.float64]:
        """(K,) NaN for a class without items."""
        counts = np.bincount(self.labels, minlength=self.num_classes)
        return np.where(counts > 0, np.diag(self.confusion) / np.maximum(counts, 1), np.nan)

    @property
    def mean_class_accuracy(self) -> Proportion:
        """Over the classes that have items. Of uneven classes it rests on as many as even ones would need to be as
        exact.
        """
        counts = np.bincount(self.labels, minlength=self.num_classes)
        there = counts[counts > 0]
        return Proportion(float(np.nanmean(self.class_accuracies)), len(there) * harmonic_mean(there.tolist()))

    @property
    def backwards(self) -> tuple[Proportion, Proportion] | None:
        """Of clips played backwards, the share taken for the class that they then show: of those whose class that
        changes, and of all.

        None unless frames were reversed, the classes are those of generated motion, and some of the clips show a
        direction.
        """
        names = self.classes or ()
        if self.protocol.order != "reversed" or not names or not set(names) <= set(REVERSED):
            return None
        shown = np.array([names.index(REVERSED[name]) if REVERSED[name] in names else -1 for name in names])[
            self.labels
        ]
        is_right, changes = self.answers == shown, shown != self.labels
        return (self.proportion(is_right[changes]), self.proportion(is_right)) if changes.any() else None

    def proportion(self, chosen: NDArray[np.bool_]) -> Proportion:
        return Proportion(float(chosen.mean()), len(chosen))
