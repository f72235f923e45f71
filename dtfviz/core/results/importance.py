"""How much each frame of a clip counts for a class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dtfviz.core.media.clip import Clip
from dtfviz.core.results.cam import Cam
from dtfviz.core.results.occlusion import Occlusion
from dtfviz.core.results.predictions import Guess


@dataclass(frozen=True)
class Importance:
    """One value a frame: the drop in the class's log-probability, or in a function of the answer; positive where the
    frame speaks for it.
    """

    model: str
    trust: str
    classes_note: str
    clip: Clip
    target: Guess
    held: NDArray[np.float64]  # the frame is replaced by the one before it, the first by the second
    blurred: NDArray[np.float64]  # the frame is blurred
    cam: Cam | None  # of the same class, where the model has a layer to look at
    implementation: str  # which one of the operators ran
    unit: str = "nats"  # of the drops; none where a function of the answer is followed
    remarks: tuple[str, ...] = ()  # what a reader should know of the clip
    occlusion: Occlusion | None = None  # of cells in time and space, where that was asked for
