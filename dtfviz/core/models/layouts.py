"""How a layer's output becomes (B, C, T, H, W), and how that is read off a shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt, prod
from typing import Any

from torch import Tensor, unflatten

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
}


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
    if "1+" in layer.layout:
        x = x[:, 1:]
    if layer.layout.endswith("(HW)C") or layer.layout == "(BT)(1+HW)C":
        x = unflatten(x, 1, grid_of(layer, x.shape[1]))
    elif "THW)" in layer.layout:
        x = unflatten(x, 1, (layer.steps, *grid_of(layer, x.shape[1] // layer.steps)))
    if layer.layout.startswith("(BT)"):
        x = unflatten(x, 0, (-1, layer.steps))
    if layer.layout == "(BT)CHW":
        return x.transpose(1, 2)
    return x if layer.layout == "BCTHW" else x.permute(0, 4, 1, 2, 3)


def grid_of(layer: Layer, tokens: int) -> tuple[int, int]:
    """Rows and columns of tokens: as stated, or a square."""
    return layer.grid or (isqrt(tokens), isqrt(tokens))


# --- reading a layout off a shape -------------------------------------------------------------------------------------
def read_layout(output: Any, batch: int, frames: int, stated: str | None = None) -> Reading | None:
    """The one layout that fits (square grids, steps that divide the frames), or None where there are several or
    none.
    """
    x = feature_of(output)
    if x is None:
        return None
    found = [
        reading for layout in ([stated] if stated else LAYOUTS) if (reading := fit(layout, output, x, batch, frames))
    ]
    return found[0] if len(found) == 1 else None


def fit(layout: str, output: Any, x: Tensor, batch: int, frames: int) -> Reading | None:
    """What a shape means in a layout, where it can mean anything."""
    shape = tuple(x.shape)
    if layout in ("BCTHW", "BTHWC") and len(shape) == 5 and shape[0] == batch:
        steps, rows, cols = shape[2:] if layout == "BCTHW" else shape[1:4]
    elif layout in ("(BT)CHW", "(BT)HWC") and len(shape) == 4 and shape[0] > batch and shape[0] % batch == 0:
        steps = shape[0] // batch
        rows, cols = shape[2:] if layout == "(BT)CHW" else shape[1:3]
    elif layout.startswith("(BT)(") and len(shape) == 3 and shape[0] > batch and shape[0] % batch == 0:
        steps, tokens = shape[0] // batch, shape[1] - ("1+" in layout)
        rows = cols = isqrt(tokens) if isqrt(tokens) ** 2 == tokens else 0
    elif layout.startswith("B(") and len(shape) == 3 and shape[0] == batch:
        return fit_tokens(layout, output, shape[1] - ("1+" in layout), frames)
    else:
        return None
    is_likely = rows == cols > 1 and steps <= frames and frames % steps == 0
    return Reading(layout, steps, (rows, cols)) if is_likely else None


def fit_tokens(layout: str, output: Any, tokens: int, frames: int) -> Reading | None:
    """Tokens of a whole clip: beside them some models say (T, H, W); else the steps must be the only ones that leave
    a square.
    """
    said = output[1] if isinstance(output, tuple | list) and len(output) > 1 else None
    if isinstance(said, tuple | list) and len(said) == 3 and all(isinstance(side, int) for side in said):
        return Reading(layout, said[0], (said[1], said[2])) if prod(said) == tokens else None
    squares = [
        steps
        for steps in range(1, frames + 1)
        if frames % steps == 0 and tokens % steps == 0 and isqrt(tokens // steps) ** 2 == tokens // steps
    ]
    likely = [steps for steps in squares if tokens // steps > 1]
    side = isqrt(tokens // likely[0]) if len(likely) == 1 else 0
    return Reading(layout, likely[0], (side, side)) if side else None
