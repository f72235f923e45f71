"""Operators: one readable definition each, and the kernels that compute it faster."""

import torch

from dtfviz.core.ops import cuda
from dtfviz.core.ops.frame_aggregation import aggregate, aggregate_steps, correlate, frame_aggregation, library

if torch.cuda.is_available():
    cuda.register(library)


def implementation_for(device: torch.device | str) -> str:
    """Which implementation of the operators runs on a device: `cupy`, `cpu` or `definition`."""
    kind = torch.device(device).type
    if kind == "cuda":
        return "cupy" if cuda.is_ready() else "definition"
    return "cpu" if kind == "cpu" else "definition"


__all__ = ["aggregate", "aggregate_steps", "correlate", "frame_aggregation", "implementation_for"]
