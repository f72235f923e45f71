"""What operators do to extents, one function each: (func, args, kwargs, outs) -> the extents of what comes out."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from dtfviz.core.analysis.reach.maxima import NOTHING, beyond, collapse, farthest, window

BLOCKED = -torch.inf  # of a score that a mask switches off: its weight is zero
Rule = Callable[[Any, Any, Any, Sequence[Tensor]], Tensor | tuple[Tensor, ...] | None]


def nothing(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """What depends on no pixel."""
    return torch.full(outs[0].shape, NOTHING)


def split_complex(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """Both parts reach as far as the number."""
    held: Tensor = args[0].held
    return held.unsqueeze(-1)


def join_complex(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """The number reaches as far as either part."""
    return farthest(args[0].held, -1).squeeze(-1)


def along(dims_of: Callable[[Any], Any]) -> "Rule":
    """An operator that combines everything along axes; over the batch it would mix clips, which is not defined."""

    def rule(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor | None:
        x, dims = args[0].held, dims_of(args)
        dims = [dims] if isinstance(dims, int) else list(dims or range(x.dim()))
        if any(dim % x.dim() == 0 for dim in dims):
            return None
        reached = farthest(x, dims)
        return reached if outs[0].dim() == x.dim() else reached.squeeze(tuple(dims))

    return rule


def softmax(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """What is blocked has the weight zero and stays blocked."""
    x = collapse(args[0].held)
    return torch.where(x == BLOCKED, BLOCKED, farthest(x, args[1]))


def layer_norm(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """All that is normalised together."""
    return farthest(args[0].held, tuple(range(-len(args[1]), 0)))


def group_norm(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """All of a group."""
    x, groups = args[0].held, args[6]
    grouped = x.unflatten(1, (groups, -1))
    reached = farthest(grouped, tuple(range(2, grouped.dim())))
    return reached.expand_as(grouped).reshape(x.shape)


def batch_norm(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """With statistics of its own it sees its whole input."""
    x, is_training = args[0].held, any(value is True for value in args)
    return farthest(x, tuple(range(2, x.dim()))) if is_training else x


def fourier(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """Every frequency sees all of the axis."""
    return farthest(args[0].held, tuple(args[1]))


def widen(values: Any, count: int) -> list[int]:
    """A number, one for all axes or one each, as a list."""
    given = [values] if isinstance(values, int) else list(values)
    return given * count if len(given) == 1 else given


def pool(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """Maximum and average; of the former the second output, places, stays unknown."""
    x, kernel, *rest = args
    axes = outs[0].dim() - 2
    sides, is_max = widen(kernel, axes), "max" in str(func)
    stride = widen(rest[0], axes) if rest and rest[0] else sides
    padding = widen(rest[1], axes) if len(rest) > 1 else [0] * axes
    dilation = widen(rest[2], axes) if is_max and len(rest) > 2 else [1] * axes
    return window(collapse(x.held), sides, stride, padding, dilation, outs[0].shape[2:])


def adaptive_pool(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor | None:
    """Where the windows are all alike."""
    x, sides = args[0].held, outs[0].shape[2:]
    if any(whole % side for whole, side in zip(x.shape[2:], sides, strict=True)):
        return None
    kernel = [whole // side for whole, side in zip(x.shape[2:], sides, strict=True)]
    return window(collapse(x), kernel, kernel, [0] * len(sides), [1] * len(sides), sides)


def pad(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """Places beyond the border."""
    x: Tensor = args[0].held
    sides = args[1]
    for axis in range(len(sides) // 2):
        x = beyond(x, x.dim() - 1 - axis, *sides[2 * axis : 2 * axis + 2])
    return x


def frame_aggregation(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Slot s of the correlation is a step's question to the window of the next; a step is enhanced by what it finds
    there.
    """
    x, weight, dilation = args
    own, side = farthest(x.held, 1), weight.shape[-1]
    reach = dilation * (side - 1) // 2
    around = window(own, (1, side, side), (1, 1, 1), (0, reach, reach), (1, dilation, dilation), own.shape[2:])
    asking = torch.cat([own[:, :, :1], own[:, :, :-1]], dim=2)
    correlation = torch.maximum(asking, around)
    enhanced = torch.cat([correlation[:, :, 1:], own[:, :, -1:]], dim=2)
    return torch.maximum(own, enhanced), correlation
