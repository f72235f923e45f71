"""What a training is asked for, as plain values: options and a stopped training come to the same record."""

from dataclasses import dataclass

MOTION = "motion"  # generated, where else the path of a list or folder stands


@dataclass(frozen=True)
class TrainWishes:
    """Everything that the result depends on, as plain values: a folder keeps it, and a training goes on by it."""

    data: str = MOTION  # or a list file, or a folder of classes
    root: str | None = None
    recipe: str | None = None
    model: str | None = None
    variant: str | None = None
    blocks: tuple[str, ...] = ()
    frames: int | None = None
    size: int | None = None
    stride: int | None = None
    filter_layout: str | None = None
    num_classes: int | None = None
    labels: str | None = None
    init: str | None = None
    directed: bool = False  # a mirror would confuse the classes
    steps: int | None = None
    epochs: float | None = None
    batch: int | None = None
    rate: float | None = None
    focus: float | None = None
    seed: int = 0
