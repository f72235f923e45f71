"""Maxima over axes and windows of tensors that may repeat along an axis: arithmetic on extents
(analysis/extents.py).
"""

from collections.abc import Sequence
from functools import reduce

import torch
from torch import Tensor

NOTHING = -1e9  # the extent of what depends on no pixel


def collapse(x: Tensor) -> Tensor:
    """One element of every axis along which all are the same memory, such as the channels after a convolution."""
    for dim in range(x.dim()):
        if x.shape[dim] > 1 and x.stride(dim) == 0:
            x = x.narrow(dim, 0, 1)
    return x


def farthest(x: Tensor, dims: int | list[int] | tuple[int, ...]) -> Tensor:
    """The maximum over axes, which are kept."""
    return collapse(x).amax(dims, keepdim=True)


def reshape(x: Tensor, shape: Sequence[int]) -> Tensor:
    """Without making the channels real where they come last and stay."""
    if x.dim() and x.stride(-1) == 0 and x.shape[-1] == shape[-1]:
        return x.narrow(-1, 0, 1).reshape(*shape[:-1], 1).expand(*shape)
    return x.reshape(shape)


def beyond(x: Tensor, dim: int, before: int, after: int) -> Tensor:
    """Padded along an axis with what a larger frame would hold: the difference of the last two goes on."""

    def outside(edge: int, inner: int, distances: Tensor) -> Tensor:
        last, next_to_last = x.select(dim, edge).unsqueeze(dim), x.select(dim, inner).unsqueeze(dim)
        known = (last > NOTHING) & (next_to_last > NOTHING)
        slope = torch.where(known, last - next_to_last, 0.0)
        shape = [-1 if axis == dim else 1 for axis in range(x.dim())]
        return last + slope * distances.view(shape)

    count = x.shape[dim]
    x = x.narrow(dim, max(0, -before), count - max(0, -before) - max(0, -after))
    count = x.shape[dim]
    parts = [x]
    if before > 0:
        parts.insert(0, outside(0, min(1, count - 1), torch.arange(before, 0, -1.0)))
    if after > 0:
        parts.append(outside(count - 1, max(0, count - 2), torch.arange(1.0, after + 1)))
    return torch.cat(parts, dim=dim) if len(parts) > 1 else x


def window(
    x: Tensor,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    sides: Sequence[int],
) -> Tensor:
    """[N, C, ...] -> the farthest that any tap of the window reaches, for an output of these sides."""
    for axis, (taps, step, before, apart, side) in enumerate(
        zip(kernel, stride, padding, dilation, sides, strict=True)
    ):
        dim = x.dim() - len(sides) + axis
        after = (side - 1) * step + apart * (taps - 1) + 1 - x.shape[dim] - before
        x = beyond(x, dim, before, after)
        x = reduce(torch.maximum, [x.narrow(dim, tap * apart, (side - 1) * step + 1) for tap in range(taps)])
        x = x.index_select(dim, torch.arange(0, x.shape[dim], step))
    return x
