"""A model run once: what its parts give, as outlines without memory, and what it answers."""

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from dtfviz.core.errors import Hint, ModelError
from dtfviz.core.models.inputs import device_of
from dtfviz.core.models.layouts import feature_of
from dtfviz.core.models.wrapped.adapting import output_hint
from dtfviz.core.models.wrapped.ordering import CLIPS, Order, order_of

MISFIT = (
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
)  # what a forward pass raises on a clip of another shape


@dataclass(frozen=True)
class Seen:
    """A run of two clips."""

    logits: Tensor
    outputs: dict[str, Any]  # outlines by layer, in the order in which they are done
    runs: dict[str, int]  # how often each ran


def outline(output: Any) -> Any:
    """An output's shape, as a tensor without memory, and the numbers beside it; to keep it all may take gigabytes."""
    feature = feature_of(output)
    if feature is None:
        return None
    said = output[1] if isinstance(output, tuple | list) and len(output) > 1 else None
    is_said = isinstance(said, tuple | list) and all(isinstance(side, int) for side in said)
    empty = torch.empty(feature.shape, dtype=feature.dtype, device="meta")
    return (empty, said) if is_said else empty


def look_inside(module: nn.Module, clips: Tensor, names: Collection[str] | None) -> Seen:
    """What the parts of these names give for two clips; all of them where none is named."""
    outputs: dict[str, Any] = {}
    runs: dict[str, int] = {}

    def note(name: str) -> Callable[..., None]:
        def hook(part: nn.Module, given: object, output: Any) -> None:
            runs[name] = runs.get(name, 0) + 1
            outputs.pop(name, None)
            outputs[name] = outline(output)

        return hook

    with ExitStack() as hooks, torch.no_grad():
        for name, part in module.named_modules():
            if name and (names is None or name in names):
                hooks.enter_context(part.register_forward_hook(note(name)))
        return Seen(module(clips), outputs, runs)


def zeros(module: nn.Module, frames: int, size: int) -> Tensor:
    """Two blank clips."""
    return torch.zeros(CLIPS, 3, frames, size, size, device=device_of(module))


def misfit(error: Exception, frames: int, size: int, hint: Hint) -> ModelError:
    """The error of a model that does not run on such clips."""
    said = str(error).strip()
    return ModelError(
        f"the model does not run on clips of {frames} frames at {size} pixels",
        fact=f"{type(error).__name__}: {said.splitlines()[0] if said else 'no message'}",
        hint=hint,
    )


def read_order(logits: Any, frames: int, classes: Sequence[str] | None) -> Order:
    """How the axes of an answer to two clips stand; an error for what is no answer, or none for each clip."""
    order = order_of(logits, frames, classes)
    if order is not None:
        return order
    shape = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
    raise ModelError(
        f"the model gives {shape} for two clips",
        fact="logits [B, classes], [B, classes, steps] or [B, frames, classes] are needed",
        hint=output_hint(logits),
    )
