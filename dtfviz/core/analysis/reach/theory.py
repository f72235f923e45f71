"""model -> what can change each position of its layers, by structure: size, stride and offset in frames and pixels."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dtfviz.core.analysis.filters.operators import operators_of
from dtfviz.core.analysis.reach.extents import Extents
from dtfviz.core.analysis.reach.maxima import NOTHING, collapse
from dtfviz.core.analysis.reach.running import run_on_extents
from dtfviz.core.errors import ModelError
from dtfviz.core.models.borrow.capture import capture
from dtfviz.core.models.borrow.cut import evaluating
from dtfviz.core.models.card import card_of
from dtfviz.core.models.fold import check_exact
from dtfviz.core.models.inputs import device_of
from dtfviz.core.models.layouts import feature_of
from dtfviz.core.results.reach import LayerSpans, Span, Theory

AXES = range(3)  # time, height, width


def theory(model: nn.Module) -> Theory:
    """For every layer of the card, whatever its weights. Masks of attention are read, so the model must not be on
    the meta device.
    """
    check_exact(model, "what structure lets a cell see")
    card = card_of(model)
    if device_of(model).type == "meta":
        raise ModelError("a model on the meta device does not say what its masks block", hint="dtfviz.load_model(...)")
    clip = (card.frames, card.size, card.size)
    reason = "an operator whose reach is not known stands before it"
    with evaluating(model), capture(model, card.layers) as outputs, watching(model, clip) as makers:
        try:
            run_on_extents(model, clip)
        except ModelError as error:
            reason = error.message
    layers = []
    for layer in card.layers:
        output = outputs.get(layer.name)
        held = output.held if isinstance(output, Extents) else None
        layers.append(
            LayerSpans(layer.name, *(read_span(held, axis, clip[axis], makers[axis], reason) for axis in AXES))
        )
    return Theory(card.name, card.frames, card.size, tuple(layers))


def read_span(held: Tensor | None, axis: int, length: int, maker: str, reason: str) -> Span:
    """Of [6, C, T, H, W]: the farthest of all channels and of all positions along the other axes."""
    nobody = np.zeros(1, np.int64)
    if held is None:
        return Span(length, nobody, nobody, unknown=reason)
    others = tuple(dim for dim in range(held.dim() - 1) if dim != axis + 1)
    back, ahead = (collapse(held[2 * axis + side]).amax(others).expand(held.shape[axis + 2]) for side in (0, 1))
    if bool((back + ahead).isnan().any()):
        return Span(length, nobody, nobody, unknown=reason)
    begins, ends = (-back).long().numpy(), ahead.long().numpy()
    is_same = len(begins) > 1 and bool((begins == begins[0]).all() and (ends == ends[0]).all())
    return Span(length, begins, ends, maker=maker if is_same and covers(begins[0], ends[0], length) else "")


def covers(begin: float, end: float, length: int) -> bool:
    """Whether a span holds the whole clip."""
    return begin <= 0 and end >= length - 1


# --- what makes it global ---------------------------------------------------------------------------------------------
@contextmanager
def watching(model: nn.Module, clip: tuple[int, int, int]) -> Iterator[list[str]]:
    """For each axis the first module after which everything sees all of the clip, filled in while the model runs."""
    makers = ["", "", ""]
    operators = operators_of(model)

    def note(path: str) -> Any:
        def hook(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            for axis in AXES:
                is_new = not makers[axis] and is_everywhere(feature_of(output), axis, clip[axis])
                if is_new and not any(is_everywhere(given, axis, clip[axis]) for given in inputs):
                    makers[axis] = name_of(model, path, list(operators))

        return hook

    with ExitStack() as hooks:
        for path, module in model.named_modules():
            hooks.enter_context(module.register_forward_hook(note(path)))
        yield makers


@torch.no_grad()
def is_everywhere(feature: Any, axis: int, length: int) -> bool:
    """Whether all elements see the whole clip along an axis, and no element more than another."""
    if not isinstance(feature, Extents) or len(feature.held) % 6:
        return False
    back, ahead = (collapse(part) for part in feature.held.unflatten(0, (6, -1))[2 * axis : 2 * axis + 2])
    middle, last = [side // 2 for side in ahead.shape], [side - 1 for side in ahead.shape]
    if ahead[tuple(middle)] != ahead[tuple(last)]:  # most modules need no closer look
        return False
    seen = (back > NOTHING) & (ahead > NOTHING)
    backs, aheads = back.expand_as(seen)[seen], ahead.expand_as(seen)[seen]
    if not len(backs) or not bool((backs == backs[0]).all() and (aheads == aheads[0]).all()):
        return False
    return covers(-float(backs[0]), float(aheads[0]), length)


def name_of(model: nn.Module, path: str, operators: list[str]) -> str:
    """The temporal operator that it lies in, or the module itself."""
    outer = next((operator for operator in operators if path == operator or path.startswith(f"{operator}.")), path)
    return f"{outer} ({type(model.get_submodule(outer)).__name__})" if outer else type(model).__name__
