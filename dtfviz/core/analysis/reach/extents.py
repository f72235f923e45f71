"""A model run on extents instead of numbers: what each element depends on, by structure and not by weights.

A batch of six clips is fed whose pixels hold, for time, height and width, how far back and how far ahead they lie.
Every operator is replaced by what it does to extents: whatever combines elements takes the maximum of theirs, whatever
moves elements moves theirs. Branches, reshapes, folded steps, windows and shifts need no thought; they are just run.
Where padding is added, places beyond the border hold what a larger frame would, so that sizes are not cut there.

An operator that stands in no table here gives NaN, which spreads to all that depends on it: unknown.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

from dtfviz.core.analysis.cost.cost import is_view
from dtfviz.core.analysis.reach.maxima import NOTHING, collapse, farthest, reshape, window
from dtfviz.core.analysis.reach.rules import (
    BLOCKED,
    Rule,
    adaptive_pool,
    along,
    batch_norm,
    fourier,
    frame_aggregation,
    group_norm,
    join_complex,
    layer_norm,
    nothing,
    pad,
    pool,
    softmax,
    split_complex,
    widen,
)
from dtfviz.core.errors import ModelError

aten = torch.ops.aten
MASKED = -50.0  # added to a score, what makes its weight vanish


class Extents(Tensor):
    """Has the shape and type of what the model would compute; `held` has the extents."""

    held: Tensor
    unknown = torch.nan  # what an operator gives that stands in no table
    # as torch's documentation has it
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @staticmethod
    def __new__(cls, held: Tensor, like: Tensor, device: torch.device) -> "Extents":
        made: Extents = Tensor._make_wrapper_subclass(cls, like.shape, dtype=like.dtype, device=device)
        made.held = held
        return made

    @classmethod
    def rule_for(cls, operator: Any) -> Rule | None:
        """What an operator does to extents, where a table says it."""
        return RULES.get(operator)

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]  # torch's
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        device = next(leaf.device for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Extents))
        if func.overloadpacket in CONSTANTS:
            return func(torch.empty(0, dtype=args[0].dtype, device=device), *args[1:], **kwargs)
        target = args[0] if args and func._schema.is_mutable else None
        if func.overloadpacket in READS or (target is not None and not isinstance(target, Extents)):
            raise ModelError(f"{func.overloadpacket} looks at or leaves the numbers that a model computes")
        like = func(
            *tree_map(without_numbers, args),
            **(tree_map(without_numbers, kwargs) | ({"device": "meta"} if "device" in kwargs else {})),
        )
        held = apply(cls, func, args, kwargs, like)
        if target is not None:
            write(target, held[0], is_copy=func.overloadpacket is aten.copy_)
            return target
        wrapped = [cls(values, one, device) for values, one in zip(held, tensors_of(like), strict=True)]
        return wrapped[0] if isinstance(like, Tensor) else type(like)(wrapped)


def without_numbers(value: Any) -> Any:
    """What an operator needs to say the shape of its result."""
    if isinstance(value, Extents):
        return torch.empty(value.shape, dtype=value.dtype, device="meta")
    return value.to("meta") if isinstance(value, Tensor) else value


def tensors_of(result: Any) -> list[Tensor]:
    """All that an operator gives."""
    return [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]


def write(target: Extents, held: Tensor, *, is_copy: bool) -> None:
    """Only a copy is written through to what a view was taken of: that is how parts of a tensor are assigned."""
    if is_copy and collapse(target.held).shape == target.held.shape:
        target.held.copy_(held)
    else:
        target.held = held


def apply(kind: type[Extents], func: Any, args: Any, kwargs: Any, like: Any) -> list[Tensor]:
    """The extents of every tensor that the operator gives."""
    outs, rule = tensors_of(like), kind.rule_for(func.overloadpacket)
    if rule is None and (is_view(func) or func.overloadpacket in MOVES):
        rule = move
    if rule is None and torch.Tag.pointwise in func.tags:
        rule = combine
    found = rule(func, args, kwargs, outs) if rule else None
    several = list(found) if isinstance(found, tuple) else [found]
    several += [None] * (len(outs) - len(several))
    unknown = torch.full((), kind.unknown)
    return [(unknown if held is None else held).expand(out.shape) for held, out in zip(several, outs, strict=True)]


# --- what stays where it is -------------------------------------------------------------------------------------------
def held_by(values: Any) -> list[Tensor]:
    """The extents in nested values."""
    return [leaf.held for leaf in tree_leaves(values) if isinstance(leaf, Extents)]


def combine(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """Element by element. A mask that is added to scores blocks some of them; other constants say nothing."""
    held = reduce(torch.maximum, [collapse(one) for one in held_by((args, kwargs))])
    if func.overloadpacket not in ADDS:
        return held.clamp_min(NOTHING)
    masks = [value for value in args if isinstance(value, Tensor) and not isinstance(value, Extents)]
    return add_mask(held, masks[0]) if masks else held


def add_mask(held: Tensor, added: Tensor) -> Tensor:
    """Scores that a mask switches off are blocked."""
    return torch.where(added.to(held.device) <= MASKED, BLOCKED, held)


def fill_mask(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor | None:
    """The same for a mask that is filled in."""
    x, mask, value = args[:3]
    if isinstance(mask, Extents) or isinstance(value, Tensor):
        return None
    return torch.where(mask.to(x.held.device), BLOCKED, x.held) if value <= MASKED else x.held


def copy(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """As it is, in memory of its own."""
    return held_by(args)[0].clone(memory_format=torch.contiguous_format)


def assign(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """What is written comes from elsewhere."""
    return args[1].held if isinstance(args[1], Extents) else torch.full((), NOTHING)


def same(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """As it is."""
    return held_by(args)[0]


# --- what moves -------------------------------------------------------------------------------------------------------
def move(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> tuple[Tensor, ...] | None:
    """The operator itself, on the extents."""
    if func.overloadpacket in RESHAPES:
        return (reshape(args[0].held, outs[0].shape),)
    if (
        any(isinstance(leaf, Extents) for leaf in tree_leaves((args[1:], kwargs)))
        or func.overloadpacket is aten.as_strided
    ):
        return None  # which elements are moved depends on what the model computes
    return tuple(tensors_of(func(*tree_map(as_extents, args), **kwargs)))


def as_extents(value: Any) -> Any:
    """Of what is moved together; constants depend on nothing, and indices stay what they are."""
    if isinstance(value, Extents):
        return value.held
    if isinstance(value, Tensor):
        return torch.full(value.shape, NOTHING) if value.is_floating_point() else value.cpu()
    return value


# --- what sees along whole axes ---------------------------------------------------------------------------------------
def product(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """Of matrices: row of the first with column of the second; a blocked element takes what it is multiplied with
    along.
    """
    left, right = args[-2:]
    if not isinstance(left, Extents):
        return farthest(right.held, -2)
    rows = farthest(left.held, -1)
    if not isinstance(right, Extents):
        return rows
    seen, columns = collapse(left.held), collapse(right.held)
    if bool((seen == BLOCKED).any()):
        values = farthest(columns, -1).transpose(-1, -2)
        return torch.maximum(rows, torch.where(seen == BLOCKED, BLOCKED, values).amax(-1, keepdim=True)).clamp_min(
            NOTHING
        )
    return torch.maximum(rows, farthest(columns, -2))


def sum_and_product(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor:
    """What is added may depend on the clip, or be a mask."""
    if not held_by(args[1:]):
        return collapse(args[0].held)
    reached = product(func, args[1:], kwargs, outs)
    return (
        torch.maximum(collapse(args[0].held), reached) if isinstance(args[0], Extents) else add_mask(reached, args[0])
    )


# --- what sees a window -----------------------------------------------------------------------------------------------
def convolution(func: Any, args: Any, kwargs: Any, outs: Sequence[Tensor]) -> Tensor | None:
    """The window of the kernel, over all channels of a group."""
    x, weight, _, stride, padding, dilation, transposed, _, groups = args
    if transposed or isinstance(weight, Extents):
        return None
    axes = weight.dim() - 2
    grouped = farthest(x.held.unflatten(1, (groups, -1)), 2).squeeze(2)
    stride, padding, dilation = (widen(values, axes) for values in (stride, padding, dilation))
    reached = window(collapse(grouped), weight.shape[2:], stride, padding, dilation, outs[0].shape[2:])
    if groups == 1 or reached.shape[1] == 1:
        return reached.narrow(1, 0, 1)
    return reached.repeat_interleave(outs[0].shape[1] // groups, dim=1)


# --- the tables -------------------------------------------------------------------------------------------------------
READS = {aten._local_scalar_dense, aten.equal, aten.nonzero, aten.is_nonzero, aten.item}
CONSTANTS = {aten.new_zeros, aten.new_ones, aten.new_empty, aten.new_full}  # what masks are made of
ADDS = {aten.add, aten.add_}
RESHAPES = {aten.view, aten._unsafe_view, aten.reshape, aten._reshape_alias}
MOVES = {
    *RESHAPES, aten.cat, aten.stack, aten.roll, aten.flip, aten.index, aten.index_select, aten.gather, aten.repeat,
    aten.split_with_sizes_copy, aten.unfold_copy, aten.pixel_shuffle, aten.pixel_unshuffle, aten.channel_shuffle,
}  # fmt: skip
second = along(lambda args: args[1] if len(args) > 1 else None)
RULES: dict[Any, Rule] = {
    aten.convolution: convolution,
    aten.mm: product,
    aten.bmm: product,
    aten.addmm: sum_and_product,
    aten.baddbmm: sum_and_product,
    aten.native_layer_norm: layer_norm,
    aten.native_group_norm: group_norm,
    aten.native_batch_norm: batch_norm,
    aten.cudnn_batch_norm: batch_norm,
    aten.miopen_batch_norm: batch_norm,
    aten._native_batch_norm_legit: batch_norm,
    aten._native_batch_norm_legit_no_training: same,
    aten._softmax: softmax,
    aten._safe_softmax: softmax,
    aten._log_softmax: softmax,
    aten.mean: second,
    aten.sum: second,
    aten.amax: second,
    aten.amin: second,
    aten.var: second,
    aten.std: second,
    aten.prod: second,
    aten.logsumexp: second,
    aten.max: second,
    aten.min: second,
    aten.linalg_vector_norm: along(lambda args: args[2]),
    aten._fft_r2c: fourier,
    aten._fft_c2r: fourier,
    aten._fft_c2c: fourier,
    aten.view_as_real: split_complex,
    aten.view_as_complex: join_complex,
    aten.complex: combine,
    aten.max_pool2d_with_indices: pool,
    aten.max_pool3d_with_indices: pool,
    aten.avg_pool2d: pool,
    aten.avg_pool3d: pool,
    aten._adaptive_avg_pool2d: adaptive_pool,
    aten._adaptive_avg_pool3d: adaptive_pool,
    aten.adaptive_max_pool2d: adaptive_pool,
    aten.adaptive_max_pool3d: adaptive_pool,
    aten.constant_pad_nd: pad,
    aten.masked_fill: fill_mask,
    aten.masked_fill_: fill_mask,
    aten.zeros_like: nothing,
    aten.ones_like: nothing,
    aten.empty_like: nothing,
    aten.full_like: nothing,
    aten.rand_like: nothing,
    aten.zero_: nothing,
    aten.fill_: nothing,
    aten.clone: copy,
    aten.copy_: assign,
    aten._to_copy: same,
    aten.native_dropout: same,
    torch.ops.dtfviz.frame_aggregation: frame_aggregation,
}
