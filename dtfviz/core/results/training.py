"""What a training says of itself as it goes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Logged:
    """One step: means over its clips, before its update of the weights."""

    step: int  # from 1
    loss: float  # what is made smaller
    clip_loss: float  # cross-entropy of the clips
    dense_loss: float  # at the positions, unweighted; 0 where there is none
    spread: float  # of predicted filters over positions, unweighted; 0 where nothing asks for it
    accuracy: float
    gradient: float  # norm over all parameters, before it was clipped
    rate: float  # learning rate of this step's update


@dataclass(frozen=True)
class TrainingLog:
    """The steps that were logged, and what trained what."""

    steps: tuple[Logged, ...]
    caption: str
