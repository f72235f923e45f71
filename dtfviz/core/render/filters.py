"""Filters as arrays."""

from pathlib import Path
from typing import Any

import numpy as np

from dtfviz.core.results.filters import Filters, StaticFilters

DERIVED = ("kernels", "effective_kernels", "frequencies_hz", "lags_s", "step_times", "grid")


def write_arrays(filters: Filters, path: Path) -> None:
    """Everything with a shape, raw and effective; the last axis of `kernels` is the inverse FFT of the last axis of `filters`."""
    places = filters.positions
    arrays = arrays_of(filters) | {name: getattr(filters, name) for name in DERIVED}
    arrays |= {f"activity_{name}": values for name, values in filters.activity.items()}
    arrays |= {"pixels": [(place.x, place.y) for place in places], "cells": [(place.row, place.col) for place in places]}
    np.savez_compressed(path, **arrays, boxes=[place.box for place in places])


def write_static_arrays(filters: StaticFilters, path: Path) -> None:
    np.savez_compressed(path, **arrays_of(filters), frequencies_hz=filters.frequencies_hz, lags_s=filters.lags_s)


def arrays_of(result: Filters | StaticFilters) -> dict[str, Any]:
    return {name: values for name, values in vars(result).items() if isinstance(values, np.ndarray)}
