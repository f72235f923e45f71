"""Filters as arrays."""

from pathlib import Path
from typing import Any

import numpy as np

from dtfviz.core.results.filters import AnyFilters, Filters

DERIVED = (
    "kernels",
    "kernel_spectra",
    "beyond_kernel",
    "effective_kernels",
    "frequencies_hz",
    "lags_s",
    "step_times",
    "grid",
)
DERIVED_STATIC = ("effective_kernels", "effective_gain", "frequencies_hz", "lags_s")


def write_arrays(found: AnyFilters, path: Path) -> None:
    """Everything with a shape, raw and effective; the last axis of `kernels` is the inverse FFT of the last axis of
    `filters`.
    """
    arrays: dict[str, Any] = {name: values for name, values in vars(found).items() if isinstance(values, np.ndarray)}
    arrays.pop("sampled", None)  # as step_times, which there always are
    arrays |= {name: getattr(found, name) for name in (DERIVED if isinstance(found, Filters) else DERIVED_STATIC)}
    if isinstance(found, Filters):
        places = found.positions
        arrays |= {f"activity_{name}": values for name, values in found.activity.items()}
        arrays |= {
            "pixels": [(at.x, at.y) for at in places],
            "cell_column": [at.col for at in places],
            "cell_row": [at.row for at in places],
            "boxes": [at.box for at in places],
            "offset": [axis.offset for axis in found.cells.axes],
            "stride": [axis.stride for axis in found.cells.axes],
        }
    np.savez_compressed(path, **arrays)
