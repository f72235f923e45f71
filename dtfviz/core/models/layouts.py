"""How a layer's output becomes (B, C, T, H, W), and how that is read off a shape."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isqrt, prod
from typing import Any

from torch import Tensor, bfloat16, float16, unflatten

from dtfviz.core.models.card import Layer

# layout -> what it is. Brackets fold several axes into one; 1+ is a class token before the others
LAYOUTS: Mapping[str, str] = {
    "BCTHW": "features, channels first",
    "BTHWC": "features, channels last",
    "(BT)CHW": "steps folded into the batch, channels first",
    "(BT)HWC": "steps folded into the batch, channels last",
    "(BT)(HW)C": "tokens of folded steps",
    "(BT)(1+HW)C": "the same with a class token",
    "B(THW)C": "tokens of a whole clip",
    "B(1+THW)C": "the same with a class token",
    "B(HWT)C": "tokens of a whole clip, the steps of a position side by side",
    "B(1+HWT)C": "the same with a class token",
}
BY_PLACE = ("B(HWT)C", "B(1+HWT)C")  # their shapes are those of (THW): they are stated or measured, never guessed


@dataclass(frozen=True)
class Reading:
    """A shape, understood."""

    layout: str
    steps: int
    grid: tuple[int, int]


def feature_of(output: Any) -> Tensor | None:
    """The tensor itself, or the first item of a tuple or list."""
    first = output[0] if isinstance(output, tuple | list) and output else output
    return first if isinstance(first, Tensor) else None


def with_feature(output: Any, feature: Tensor) -> Any:
    """The same output with another feature in it."""
    return type(output)([feature, *output[1:]]) if isinstance(output, tuple | list) else feature


def as_clip(output: Any, layer: Layer) -> Tensor:
    """A layer's output as (B, C, T, H, W)."""
    x = feature_of(output)
    if x is None:
        raise TypeError(f"{layer.name} gives a {type(output).__name__}")
    x = x.float() if x.dtype in (float16, bfloat16) else x
    if "1+" in layer.layout:
        x = x[:, 1:]
    if layer.layout.endswith("(HW)C") or layer.layout == "(BT)(1+HW)C":
        x = unflatten(x, 1, grid_of(layer, x.shape[1]))
    elif "THW)" in layer.layout:
        x = unflatten(x, 1, (layer.steps, *grid_of(layer, x.shape[1] // layer.steps)))
    elif "HWT)" in layer.layout:
        x = unflatten(x, 1, (*grid_of(layer, x.shape[1] // layer.steps), layer.steps)).movedim(3, 1)
    if layer.layout.startswith("(BT)"):
        x = unflatten(x, 0, (-1, layer.steps))
    if layer.layout == "(BT)CHW":
        return x.transpose(1, 2)
    return x if layer.layout == "BCTHW" else x.permute(0, 4, 1, 2, 3)


def grid_of(layer: Layer, tokens: int) -> tuple[int, int]:
    """Rows and columns of tokens: as stated, or a square."""
    return layer.grid or (isqrt(tokens), isqrt(tokens))


# --- reading a layout off a shape -------------------------------------------------------------------------------------
Grid = tuple[int, int, int]  # steps, rows and columns


def read_layout(
    output: Any, batch: int, frames: int, stated: str | None = None, grids: Sequence[Grid] = ()
) -> Reading | None:
    """The one layout that fits, or None where there are several or none: tokens in a grid that is known, else what a
    shape means by itself (square grids, steps that divide the frames).
    """
    x = feature_of(output)
    if x is None:
        return None
    layouts = [stated] if stated else [layout for layout in LAYOUTS if layout not in BY_PLACE]
    said = said_beside(output)
    known = [
        reading
        for grid in ([said] if said else grids)
        for layout in layouts
        if (reading := fit_grid(layout, tuple(x.shape), batch, grid))
    ]
    found = known or [
        reading for layout in layouts if not said and (reading := fit(layout, tuple(x.shape), batch, frames))
    ]
    return found[0] if len(set(found)) == 1 else None


def said_beside(output: Any) -> Grid | None:
    """The (T, H, W) that some models give beside their tokens."""
    said = output[1] if isinstance(output, tuple | list) and len(output) > 1 else None
    is_grid = isinstance(said, tuple | list) and len(said) == 3 and all(isinstance(side, int) for side in said)
    return tuple(said) if is_grid else None  # type: ignore[arg-type]


def fit_grid(layout: str, shape: tuple[int, ...], batch: int, grid: Grid) -> Reading | None:
    """What tokens mean in a layout, where they are as many as a grid has places."""
    steps, rows, cols = grid
    is_folded = layout.startswith("(BT)(")
    if len(shape) != 3 or not (is_folded or layout.startswith("B(")):
        return None
    expected = (batch * steps, rows * cols) if is_folded else (batch, prod(grid))
    return Reading(layout, steps, (rows, cols)) if (shape[0], shape[1] - ("1+" in layout)) == expected else None


def fit(layout: str, shape: tuple[int, ...], batch: int, frames: int) -> Reading | None:
    """What a shape means in a layout, where it can mean anything."""
    if layout in ("BCTHW", "BTHWC") and len(shape) == 5 and shape[0] == batch:
        steps, rows, cols = shape[2:] if layout == "BCTHW" else shape[1:4]
    elif layout in ("(BT)CHW", "(BT)HWC") and len(shape) == 4 and shape[0] > batch and shape[0] % batch == 0:
        steps = shape[0] // batch
        rows, cols = shape[2:] if layout == "(BT)CHW" else shape[1:3]
    elif layout.startswith("(BT)(") and len(shape) == 3 and shape[0] > batch and shape[0] % batch == 0:
        steps, tokens = shape[0] // batch, shape[1] - ("1+" in layout)
        rows = cols = isqrt(tokens) if isqrt(tokens) ** 2 == tokens else 0
    elif layout.startswith("B(") and len(shape) == 3 and shape[0] == batch:
        return fit_tokens(layout, shape[1], frames)
    else:
        return None
    is_likely = rows == cols > 1 and steps <= frames and frames % steps == 0
    return Reading(layout, steps, (rows, cols)) if is_likely else None


def fit_tokens(layout: str, count: int, frames: int) -> Reading | None:
    """Tokens of a whole clip: as many as there may be steps are steps, (B, T, C); else the steps must be the only ones
    that leave a square.
    """
    if frames % count == 0 or (count > 1 and frames % (count - 1) == 0):
        return None
    tokens = count - ("1+" in layout)
    likely = [
        steps
        for steps in range(1, frames + 1)
        if frames % steps == 0 and tokens % steps == 0 and 1 < tokens // steps == isqrt(tokens // steps) ** 2
    ]
    side = isqrt(tokens // likely[0]) if len(likely) == 1 else 0
    return Reading(layout, likely[0], (side, side)) if side else None
