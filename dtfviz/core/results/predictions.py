"""What a model takes a video for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Guess:
    """A class that a clip may show."""

    index: int | None  # None: a function of the answer, whose value stands in place of the probability
    label: str
    probability: float


@dataclass(frozen=True)
class ViewGuess:
    """One clip and crop, and what it was taken for on its own."""

    indices: tuple[int, ...]
    times: tuple[float, ...]
    crop: str
    top: Guess


@dataclass(frozen=True)
class Predictions:
    """Softmax scores, averaged over the views; the best first."""

    model: str
    trust: str
    classes_note: str
    video: str
    order: str
    top: tuple[Guess, ...]
    views: tuple[ViewGuess, ...]
    implementation: str  # which one of the operators ran
    activation: str = "softmax"  # or "sigmoid", of labels that do not exclude each other
    moment: str = ""  # of an answer over time: when the classes are meant
    remarks: tuple[str, ...] = ()  # what a reader should know of the clips
