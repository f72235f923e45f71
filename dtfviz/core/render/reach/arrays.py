"""Receptive fields as arrays."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dtfviz.core.results.reach import Reach


def write_arrays(reach: Reach, path: Path) -> None:
    np.savez_compressed(path, **arrays_of(reach))


def write_several(reaches: Mapping[str, Reach], path: Path) -> None:
    """Every model's arrays, named by it."""
    np.savez_compressed(
        path,
        **{f"{label}/{name}": values for label, reach in reaches.items() for name, values in arrays_of(reach).items()},
    )


def arrays_of(reach: Reach) -> dict[str, Any]:
    """Everything with a shape."""
    return {
        "energy": reach.energy,
        "error": reach.error,
        "profiles": reach.profiles,
        "profile": reach.profile,
        "profile_error": reach.profile_error,
        "map": reach.map,
        "slice": reach.slice,
    }
