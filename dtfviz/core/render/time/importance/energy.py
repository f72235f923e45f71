"""The map's energy beside the frames, and what is said where there is no map."""

import numpy as np
from numpy.typing import NDArray

from dtfviz.core.results.importance import Importance

NO_MAP = "no layer of this model can be read: no map"


def energy_of_frames(result: Importance) -> NDArray[np.float32] | None:
    """The map's energy at every frame, linear between the middles of steps."""
    if result.cam is None:
        return None
    return result.cam.over_frames(result.cam.energy)
