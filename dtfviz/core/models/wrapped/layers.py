"""Which layers of someone else's model can be read as (B, C, T, H, W), and which of them is looked at first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import isqrt
from typing import Any

import torch
from torch import Tensor, nn

from dtfviz.core.errors import OptionError, Use
from dtfviz.core.models.answers import WHOLE, Answer, settling
from dtfviz.core.models.borrow.cut import cut_at
from dtfviz.core.models.card import Layer, stages_of
from dtfviz.core.models.inputs import device_of
from dtfviz.core.models.layouts import (
    BY_PLACE,
    LAYOUTS,
    Grid,
    Reading,
    feature_of,
    fit_grid,
    read_layout,
    said_beside,
)
from dtfviz.core.models.wrapped.looking import Seen
from dtfviz.core.models.wrapped.ordering import CLIPS

Shape = tuple[int, ...]
TOKENS = ("B(THW)C", "B(1+THW)C", "(BT)(HW)C", "(BT)(1+HW)C", *BY_PLACE)
KINDS = {nn.Conv3d: "BCTHW", nn.BatchNorm3d: "BCTHW", nn.AvgPool3d: "BCTHW", nn.MaxPool3d: "BCTHW"}
FRAME_KINDS = {nn.Conv2d: "(BT)CHW", nn.BatchNorm2d: "(BT)CHW"}


def check_stated(module: nn.Module, stated: Mapping[str, str | None]) -> None:
    """An error for layers that are not there, and layouts that are none."""
    parts = dict(module.named_modules())
    for name, layout in stated.items():
        if name not in parts:
            there = ", ".join(child for child, _ in module.named_children())
            raise OptionError(f"the model has no layer called {name!r}", fact=f"its parts are {there}")
        if layout is not None and layout not in LAYOUTS:
            raise OptionError(f"no layout is called {layout!r}", fact=f"the layouts are {', '.join(LAYOUTS)}")


def read_layers(
    module: nn.Module, seen: Seen, frames: int, stated: Mapping[str, str | None], grid: Grid | None
) -> list[Layer]:
    """The layers that can be read, in the order in which they run."""
    known = known_shapes(module, seen, frames)
    said = [beside for output in seen.outputs.values() if (beside := said_beside(output))]
    grids = [grid] if grid else list(dict.fromkeys([*map(grid_of, known.values()), *said]))
    found = []
    for name, output in seen.outputs.items():
        shape, layout = shape_of(output), stated.get(name)
        reading = known.get(shape) if layout is None else None
        reading = reading or read_layout(output, CLIPS, frames, layout, grids)
        if reading is not None and seen.runs[name] == 1:
            found.append(Layer(name, reading.layout, reading.steps, grid=reading.grid))
        elif name in stated:
            raise unreadable(name, output, layout, frames)
    return found


def known_shapes(module: nn.Module, seen: Seen, frames: int) -> dict[Shape, Reading]:
    """What convolutions, their norms and pools give has one meaning, and so has whatever has the same shape."""
    known: dict[Shape, Reading] = {}
    for name, output in seen.outputs.items():
        part, shape = module.get_submodule(name), shape_of(output)
        if type(part) in KINDS and len(shape) == 5 and shape[0] == CLIPS and min(shape[3:]) > 1:
            known[shape] = Reading("BCTHW", shape[2], (shape[3], shape[4]))
        elif type(part) in FRAME_KINDS and len(shape) == 4 and is_folded(shape, frames):
            known[shape] = Reading("(BT)CHW", shape[0] // CLIPS, (shape[2], shape[3]))
    return known


def is_folded(shape: Shape, frames: int) -> bool:
    """Whether steps are folded into the batch of pictures."""
    steps, rest = divmod(shape[0], CLIPS)
    return rest == 0 and 1 < steps <= frames and min(shape[2:]) > 1


def grid_of(reading: Reading) -> Grid:
    """Steps, rows and columns."""
    return reading.steps, *reading.grid


def shape_of(output: Any) -> Shape:
    """Of an output's feature; nothing where it is none."""
    feature = feature_of(output)
    return () if feature is None else tuple(feature.shape)


def unreadable(name: str, output: Any, layout: str | None, frames: int) -> OptionError:
    """The error for a layer that was named and cannot be understood."""
    shape = shape_of(output)
    if len(shape) == 3 and (likely := likely_tokens(shape, layout, frames)):
        layout, grid = likely[0], "x".join(map(str, likely[1]))
        return OptionError(
            f"the output of {name} cannot be read",
            fact=f"{shape} may be tokens, whose grid nothing tells, or steps alone: {layout} and {grid} would fit",
            hint=Use("layouts", {name: layout}, also=Use("grid", grid)),
        )
    return OptionError(
        f"the output of {name} cannot be read",
        fact=f"its shape leaves several readings open, or none: {shape or type(output).__name__}",
        hint=Use("layouts", {name: "BCTHW"}),
    )


def likely_tokens(shape: Shape, stated: str | None, frames: int) -> tuple[str, Grid] | None:
    """A layout of tokens and a grid that fit a shape: squares first, then as many steps as can be."""
    fits = [
        (layout, grid)
        for layout in ([stated] if stated in TOKENS else TOKENS)
        for grid in grids_for(shape, layout, frames)
        if fit_grid(layout, shape, CLIPS, grid)
    ]
    return max(fits, key=lambda fit: (fit[1][1] == fit[1][2] > 1, fit[1][0]), default=None)


def grids_for(shape: Shape, layout: str, frames: int) -> Iterator[Grid]:
    """With every number of steps that divides the frames, as near to squares as can be."""
    tokens, is_folded = shape[1] - ("1+" in layout), layout.startswith("(BT)")
    for steps in [shape[0] // CLIPS] if is_folded else range(1, frames + 1):
        places = tokens if is_folded else tokens // steps
        if places > 0 and frames % max(1, steps) == 0:
            rows = next(side for side in range(isqrt(places), 0, -1) if places % side == 0)
            yield steps, rows, places // rows


# --- the order of tokens ----------------------------------------------------------------------------------------------
def order_tokens(module: nn.Module, layers: Sequence[Layer], frames: int, size: int) -> list[Layer]:
    """The layers, with tokens by place where changed frames change the first of them so: shapes do not tell."""
    first = next((layer for layer in layers if "THW)" in layer.layout), None)
    if first is None or device_of(module).type == "meta" or not is_by_place(module, first, frames, size):
        return list(layers)
    return [replace(layer, layout=layer.layout.replace("THW)", "HWT)")) for layer in layers]


def is_by_place(module: nn.Module, layer: Layer, frames: int, size: int) -> bool:
    """Whether a changed frame changes the tokens of one step more when they are read position by position."""
    clip = torch.rand(1, 3, frames, size, size, generator=torch.Generator().manual_seed(0)).to(device_of(module))
    changed = clip.clone()
    changed[:, :, :: max(1, frames - 1)] = 0  # the first and the last
    kept: list[Tensor] = []
    with (
        module.get_submodule(layer.name).register_forward_hook(
            lambda _, __, output: kept.append(feature_of(output).float())  # type: ignore[union-attr]
        ),
        torch.no_grad(),
    ):
        module(clip), module(changed)
    change = (kept[1] - kept[0]).norm(dim=-1)[0, "1+" in layer.layout :]
    by_step = change.unflatten(0, (layer.steps, -1)).sum(1)
    by_place = change.unflatten(0, (-1, layer.steps)).sum(0)
    return bool(by_place[[0, -1]].sum() > by_step[[0, -1]].sum())


# --- the layer to look at first ---------------------------------------------------------------------------------------
def last_that_matters(
    module: nn.Module, seen: Seen, found: Sequence[Layer], clip: tuple[int, int], answer: Answer
) -> str:
    """The last stage that the logits depend on at its positions: in the end some models read a class token alone."""
    stages = candidates(module, seen, found)
    if device_of(module).type == "meta":  # nothing is computed there
        return stages[-1].name if stages else ""
    frames, size = clip
    noise = torch.randn(1, 3, frames, size, size, generator=torch.Generator().manual_seed(0)).to(device_of(module))
    for layer in reversed(stages):
        with cut_at(module, layer) as capture:
            logits = settling(answer, WHOLE, ())(module(noise))[0]
            if logits.requires_grad and bool(capture(logits.max(), logits).gradient.any()):
                return layer.name
    return ""


def candidates(module: nn.Module, seen: Seen, found: Sequence[Layer]) -> list[Layer]:
    """Stages that mix channels, before the part that gives the answer; all stages where there are none of these."""
    stages = list(stages_of(found))
    heads = [name for name, output in seen.outputs.items() if shape_of(output) == tuple(seen.logits.shape)]
    body = [layer for layer in stages if not any(layer.name.startswith(f"{head}.") for head in heads)] or stages
    return [layer for layer in body if mixes(module.get_submodule(layer.name))] or body


def mixes(part: nn.Module) -> bool:
    """Whether a part has matrices: norms, activations and pools have none."""
    return any(weight.dim() > 1 for weight in part.parameters())


def unread_after(seen: Seen, found: Sequence[Layer], default: str) -> tuple[str, ...]:
    """A remark on tokens that come after the default layer and cannot be read, lest it be a stem in silence."""
    names, readable = list(seen.outputs), {layer.name for layer in found}
    later = names[names.index(default) + 1 :] if default in names else names
    tokens = [name for name in later if name not in readable and is_token_shape(shape_of(seen.outputs[name]))]
    if not tokens:
        return ()
    shape = shape_of(seen.outputs[tokens[-1]])
    return (f"what {tokens[-1]} gives, {shape}, cannot be read: state its layout and the grid if it holds tokens",)


def is_token_shape(shape: Shape) -> bool:
    """Whether so many things stand in a row for each clip."""
    return len(shape) == 3 and shape[0] == CLIPS and shape[1] > 1
