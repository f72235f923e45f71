"""model -> where the cells of its layers are, by structure: the model run on extents along the paths that keep places.

What sees all of an axis (attention, a Fourier transform, a mean over it) says nothing of where its results belong: its
extents are forgotten, and the place is that of what it is added to, as in a residual branch. What attention gives
belongs where its queries are. The centre of a cell is the middle of the extents that are left.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dtfviz.core.analysis.filters.operators import operators_of
from dtfviz.core.analysis.reach.extents import RULES, Extents, combine, convolution, held_by, without_numbers
from dtfviz.core.analysis.reach.maxima import NOTHING, collapse, farthest
from dtfviz.core.analysis.reach.rules import Rule
from dtfviz.core.analysis.reach.running import run_on_extents
from dtfviz.core.errors import ModelError
from dtfviz.core.media.clip import Clip
from dtfviz.core.models.borrow.cut import evaluating
from dtfviz.core.models.borrow.steps import Fed, sampled_times
from dtfviz.core.models.card import card_of
from dtfviz.core.models.fold import structure_model
from dtfviz.core.models.layouts import as_clip
from dtfviz.core.models.seams import SamplesInTime
from dtfviz.core.results.places import Axis, Cells, even_cells, share_evenly

Size = tuple[int, int, int]  # frames, height and width of a clip
SILENT, TAUGHT = "structure unknown", "so trained"
# what a foreign model may raise where it looks at the numbers, which are none here, or at what they are kept in
PUZZLED = (ModelError, RuntimeError, TypeError, ValueError, AttributeError, IndexError, KeyError, AssertionError)
aten = torch.ops.aten


@dataclass(frozen=True)
class Structure:
    """Where cells are: of what comes out of layers, and of what operators and samplers in time are fed."""

    layers: dict[str, Cells] = field(default_factory=dict)
    fed: dict[str, Cells] = field(default_factory=dict)


KNOWN: WeakKeyDictionary[nn.Module, dict[Size, Structure]] = WeakKeyDictionary()  # it costs a second: once a model


def structure_of(model: nn.Module, size: Size) -> Structure:
    """Of every layer of the card, and of every part that has a say in time, for clips of a size."""
    found = KNOWN.setdefault(model, {})
    if size not in found:
        found[size] = find_structure(structure_model(model), size)
    return found[size]


def cells_of(model: nn.Module, clip: Clip, layer: str, grid: tuple[int, ...]) -> Cells:
    """Of a layer that gives a grid (steps, rows, columns) for a clip."""
    size = size_of(clip)
    found = structure_of(model, size).layers.get(layer)
    return found if found is not None and found.grid == grid else even_cells(size, grid, SILENT)


def cells_fed(model: nn.Module, clip: Clip, path: str, grid: tuple[int, ...]) -> Cells:
    """Of what an operator is fed, in the same way."""
    size = size_of(clip)
    found = structure_of(model, size).fed.get(path)
    return found if found is not None and found.grid == grid else even_cells(size, grid, SILENT)


def steps_of(model: nn.Module, clip: Clip, fed: Sequence[Fed], steps: int) -> NDArray[np.float64] | None:
    """(T,) seconds of so many steps after samplers that were watched; None where there is none."""
    entry = structure_of(model, size_of(clip)).fed.get(fed[0].path) if fed else None
    return sampled_times(clip, fed, steps, entry)


def size_of(clip: Clip) -> Size:
    """What a model is fed of it."""
    height, width = clip.frames.shape[1:3]
    return len(clip.indices), height, width


def find_structure(model: nn.Module, size: Size) -> Structure:
    """As far as the model runs on extents, unless training said more; weights may be on the meta device."""
    found, parts = Structure(), operators_of(model)
    parts |= {path: part for path, part in model.named_modules() if isinstance(part, SamplesInTime)}

    def note_layer(layer: Any) -> Any:
        return lambda _, __, output: note(found.layers, layer.name, as_clip(output, layer), size)

    def note_fed(path: str) -> Any:
        return lambda _, given: note(found.fed, path, given[0], size)

    with ExitStack() as hooks:
        for layer in card_of(model).layers:
            hooks.enter_context(model.get_submodule(layer.name).register_forward_hook(note_layer(layer)))
        for path, part in parts.items():
            hooks.enter_context(part.register_forward_pre_hook(note_fed(path)))
        with evaluating(model):
            run_as_far_as_it_goes(model, size)
    return as_taught(found) if card_of(model).taught_evenly else found


def as_taught(found: Structure) -> Structure:
    """Cells that learnt to see their even share of the frame are there: measured on the bundled model, what counts for
    them lies around the share's middle, half a stride from the centre by structure.
    """
    return Structure(
        *({name: share_frame(cells) for name, cells in each.items()} for each in (found.layers, found.fed))
    )


def share_frame(cells: Cells) -> Cells:
    """With steps where they were, and rows and columns in even shares."""
    rows, cols = (share_evenly(axis.length, axis.count, TAUGHT) for axis in cells.axes[1:])
    return Cells(cells.time, rows, cols)


def run_as_far_as_it_goes(model: nn.Module, size: Size) -> None:
    """What no structure is found of keeps even shares, and says so."""
    try:
        run_on_extents(model, size, Places)
    except PUZZLED:
        return


def note(found: dict[str, Cells], name: str, feature: Any, size: Size) -> None:
    """The cells of a feature [B, C, T, H, W]; of nothing else."""
    if isinstance(feature, Places) and feature.held.dim() == 5 and len(feature.held) == 6:
        time, rows, cols = (read_axis(feature.held, axis, length) for axis, length in enumerate(size))
        found[name] = Cells(time, rows, cols)


def read_axis(held: Tensor, axis: int, length: int) -> Axis:
    """Of [6, C, T, H, W]: the middle of what all channels and all cells of the other axes see, if it is regular."""
    count = held.shape[axis + 2]
    others = tuple(dim for dim in range(4) if dim != axis + 1)
    back, ahead = (collapse(held[2 * axis + side]).amax(others).expand(count) for side in (0, 1))
    centres = (ahead - back) / 2
    strides = centres.diff()
    is_regular = bool((back > NOTHING / 2).all() and (ahead > NOTHING / 2).all() and (strides == strides[:1]).all())
    if not is_regular or (count > 1 and strides[0] <= 0):
        return share_evenly(length, count, SILENT)
    return Axis(length, count, float(centres[0]), float(strides[0]) if count > 1 else length / count)


# --- what keeps places ------------------------------------------------------------------------------------------------
class Places(Extents):
    """Extents along the paths that keep places; what is not known adds nothing."""

    unknown = NOTHING

    @classmethod
    def rule_for(cls, operator: Any) -> Rule | None:
        return LOCAL.get(operator) or RULES.get(operator)


def unless_global(rule: Rule) -> Rule:
    """The rule, but what becomes the same everywhere by it is forgotten."""

    def local(func: Any, args: Any, kwargs: Any, outs: Any) -> Any:
        reached = rule(func, args, kwargs, outs)
        first = reached[0] if isinstance(reached, tuple) else reached
        return None if first is None else forget(first, held_by(args)[0])

    return local


def forget(reached: Tensor, given: Tensor) -> Tensor:
    """Of each of the six parts of the batch, one that differed from place to place and no longer does."""
    if len(reached) % 6 or len(given) % 6:
        return reached
    after, before = collapse(reached), collapse(given)
    if len(after) % 6 or len(before) % 6:
        return reached
    parts = after.unflatten(0, (6, -1))
    lost = [is_same(now) and not is_same(then) for now, then in zip(parts, before.unflatten(0, (6, -1)), strict=True)]
    return torch.where(torch.tensor(lost).view(6, *[1] * after.dim()), NOTHING, parts).flatten(0, 1)


def is_same(values: Tensor) -> bool:
    """Whether all that is known is one number."""
    ends = values.flatten()[:: max(1, values.numel() - 1)]
    if bool((ends > NOTHING / 2).all()) and bool(ends[0] != ends[-1]):  # most need no closer look
        return False
    known = values[values > NOTHING / 2]
    return not len(known) or bool((known == known[0]).all())


def as_given(func: Any, args: Any, kwargs: Any, outs: Any) -> Tensor:
    """Normalising moves nothing, nor does a mask."""
    return held_by(args)[0]


def overlay(func: Any, args: Any, kwargs: Any, outs: Any) -> Tensor:
    """What is added, without a look at masks."""
    return combine(aten.mul.Tensor, args, kwargs, outs)


def product(func: Any, args: Any, kwargs: Any, outs: Any) -> Tensor:
    """Of two that depend on the clip, such as attention's: where the rows of the first are; else as constants mix."""
    left, right = args[-2:]
    given, along = (left.held, -1) if isinstance(left, Extents) else (right.held, -2)
    reached = farthest(given, along)
    if collapse(given).shape[along] > 1:
        reached = forget(reached, given)
    return torch.maximum(args[0].held, reached) if len(args) > 2 and isinstance(args[0], Extents) else reached


def enhanced(func: Any, args: Any, kwargs: Any, outs: Any) -> tuple[Tensor, Tensor]:
    """A step that is enhanced by the next one stays where it is."""
    return farthest(args[0].held, 1), torch.full((), NOTHING)


def windowed(func: Any, args: Any, kwargs: Any, outs: Any) -> Tensor | None:
    """A convolution whose channels together see all of an axis, as where steps are folded into them, is no window."""
    x, groups = args[0], args[8]
    if groups == x.shape[1] or collapse(x.held).shape[1] == 1:
        return convolution(func, args, kwargs, outs)
    mixed = farthest(x.held.unflatten(1, (groups, -1)), 2).flatten(1, 2)
    held = forget(mixed, x.held).repeat_interleave(x.shape[1] // groups, dim=1)
    return convolution(func, (Places(held, without_numbers(x), x.device), *args[1:]), kwargs, outs)


REDUCING = (
    aten.mean, aten.sum, aten.amax, aten.amin, aten.var, aten.std, aten.prod, aten.logsumexp, aten.max, aten.min,
    aten.linalg_vector_norm, aten._fft_r2c, aten._fft_c2r, aten._fft_c2c, aten.avg_pool2d, aten.avg_pool3d,
    aten._adaptive_avg_pool2d, aten._adaptive_avg_pool3d, aten.adaptive_max_pool2d, aten.adaptive_max_pool3d,
)  # fmt: skip
KEEPING = (
    aten.native_layer_norm, aten.native_group_norm, aten.native_batch_norm, aten.cudnn_batch_norm,
    aten.miopen_batch_norm, aten._native_batch_norm_legit, aten._softmax, aten._safe_softmax, aten._log_softmax,
    aten.masked_fill, aten.masked_fill_,
)  # fmt: skip
LOCAL: Mapping[Any, Rule] = {
    **{operator: unless_global(RULES[operator]) for operator in REDUCING},
    **dict.fromkeys(KEEPING, as_given),
    **dict.fromkeys((aten.add, aten.add_), overlay),
    **dict.fromkeys((aten.mm, aten.bmm, aten.addmm, aten.baddbmm), product),
    aten.convolution: windowed,
    torch.ops.dtfviz.frame_aggregation: enhanced,
}
