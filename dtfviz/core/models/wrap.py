"""Anyone's video model: a torch module with a card, so that every analysis knows how to feed and read it.

Layers are found by running the module once and looking at what comes out of its parts: 5-D features, channels last,
steps folded into the batch, tokens with or without a class token, tuples whose first item is the feature. Where shapes
leave two readings open the layer is left out, and `layers={"name": "layout"}` states the right one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from dtfviz.core.choices import ACTIVATIONS, ANSWERS, INPUT_LAYOUTS
from dtfviz.core.errors import Hint, ModelError, OptionError, Use
from dtfviz.core.models.answers import CLASSES, SOFTMAX, TIMELINE, WHOLE, Answer, settling
from dtfviz.core.models.borrow.cut import cut_at
from dtfviz.core.models.card import WRAPPED, Card, Layer, give_card, stages_of
from dtfviz.core.models.layouts import LAYOUTS, read_layout

KINETICS_MEAN, KINETICS_STD = (
    (0.43216, 0.394666, 0.37645),
    (0.22803, 0.22145, 0.216989),
)  # of torchvision's video weights
MISFIT = (
    RuntimeError,
    ValueError,
    TypeError,
    IndexError,
    AssertionError,
)  # what a forward pass raises on a clip of another shape


def wrap(
    module: nn.Module,
    *,
    frames: int,
    size: int,
    mean: Sequence[float] = KINETICS_MEAN,
    std: Sequence[float] = KINETICS_STD,
    classes: Sequence[str] | None = None,
    layers: Mapping[str, str] | Sequence[str] | None = None,
    default_layer: str | None = None,
    stride: int = 1,
    name: str | None = None,
    input_layout: str = "BCTHW",
    output: str | None = None,
    trained: bool = False,
    answers: str | None = None,
    activation: str = SOFTMAX,
) -> nn.Module:
    """The module itself, in evaluation mode and with a card. It then takes clips [B, 3, frames, size, size] and gives
    logits.

    `answers`: "classes" or "timeline", read off the shape unless stated; `activation`: "softmax" or "sigmoid".
    `layers`: names of the layers to offer (all that can be read, unless given), or layouts by name, for layers whose
    shape leaves several readings open. `default_layer`: the last that the logits depend on, unless given. `output`: the
    field of the object that the module returns. `trained`: whether its weights mean something, which only you know.
    """
    if input_layout not in INPUT_LAYOUTS:
        raise OptionError(
            f"no input layout is called {input_layout!r}", fact=f"the layouts are {', '.join(INPUT_LAYOUTS)}"
        )
    module.eval()
    if input_layout == "BTCHW":
        module.register_forward_pre_hook(lambda _, given: (given[0].transpose(1, 2), *given[1:]))
    if output is not None:
        module.register_forward_hook(lambda _, __, result: field_of(result, output))
    stated = layers if isinstance(layers, Mapping) else dict.fromkeys(layers or ())
    outcome, found = look_inside(module, frames, size, stated, offers_all=not layers or isinstance(layers, Mapping))
    answer, assumed = read_answer(outcome, answers, activation)
    logits = outcome.shape[1]
    if classes is not None and len(classes) != logits:
        raise ModelError(
            f"{len(classes)} class names for {logits} logits", fact=f"the model gives {logits} logits a clip"
        )
    chosen = default_layer or last_that_matters(module, found, frames, size, answer)
    card = Card(
        name=name or type(module).__name__,
        family=WRAPPED,
        frames=frames,
        size=size,
        num_classes=logits,
        layers=tuple(found),
        default_layer=chosen,
        temporal="",
        filter_layout="none",
        stride=stride,
        mean=tuple(mean),
        std=tuple(std),
        classes=tuple(classes) if classes is not None else None,
        trained=trained,
        answer=answer,
        assumed=assumed,
    )
    give_card(module, card)
    if default_layer is not None and default_layer not in {layer.name for layer in found}:
        raise OptionError(
            f"{card.name} has no layer called {default_layer!r} that can be read",
            hint=Use("layouts", {default_layer: "BCTHW"}),
        )
    return module


def read_answer(logits: Tensor, stated: str | None, activation: str) -> tuple[Answer, tuple[str, ...]]:
    """What kind of answer these logits of two clips are, and what had to be assumed of it."""
    if stated not in (None, *ANSWERS) or activation not in ACTIVATIONS:
        raise OptionError(
            f"no answer is called {stated or ''} {activation}".replace("  ", " "),
            fact=f"answers are {' or '.join(ANSWERS)}, with {' or '.join(ACTIVATIONS)}",
        )
    kind = TIMELINE if logits.dim() == 3 else CLASSES
    if stated not in (None, kind):
        raise ModelError(f"the model gives {tuple(logits.shape)} for two clips", fact=f"{stated} was stated")
    shape = " x ".join(map(str, logits.shape[1:]))
    guess = f"an answer of {shape} is taken for {logits.shape[1]} classes over {logits.shape[-1]} steps of time"
    return Answer(kind, activation), (guess,) if kind == TIMELINE and stated is None else ()


def field_of(result: Any, name: str) -> Any:
    """The part of what a model returns that holds its logits."""
    value = result.get(name) if isinstance(result, Mapping) else getattr(result, name, None)
    if value is None:
        raise OptionError(f"the model's {type(result).__name__} has no field {name!r}", hint=output_hint(result))
    return value


def output_hint(result: Any) -> Hint:
    """The option that names the first field that looks like logits."""
    fields = result if isinstance(result, Mapping) else getattr(result, "__dict__", {})
    likely = [name for name, value in fields.items() if isinstance(value, Tensor) and value.dim() in (2, 3)]
    return Use("output", likely[0]) if likely else "say which field holds the logits, as output"


def last_that_matters(module: nn.Module, found: Sequence[Layer], frames: int, size: int, answer: Answer) -> str:
    """The last stage that the logits depend on at its positions: in the end some models read a class token alone."""
    stages, device = stages_of(found), next(iter(module.parameters())).device
    if device.type == "meta":  # nothing is computed there
        return stages[-1].name if stages else ""
    noise = torch.randn(1, 3, frames, size, size, generator=torch.Generator().manual_seed(0)).to(device)
    for layer in reversed(stages):
        with cut_at(module, layer) as capture:
            logits = settling(answer, WHOLE, ())(module(noise))[0]
            if logits.requires_grad and bool(capture(logits.max(), logits).gradient.any()):
                return layer.name
    return ""


def look_inside(
    module: nn.Module, frames: int, size: int, stated: Mapping[str, str | None], *, offers_all: bool
) -> tuple[Tensor, list[Layer]]:
    """The logits of two clips, and the layers whose output can be read as (B, C, T, H, W), in the order in which they
    run.
    """
    unknown = [name for name in stated if name not in dict(module.named_modules())]
    if unknown:
        raise OptionError(
            f"the model has no layer called {unknown[0]!r}",
            fact=f"its parts are {', '.join(name for name, _ in module.named_children())}",
        )
    seen: dict[str, Any] = {}
    runs: dict[str, int] = {}

    def note(name: str) -> Any:
        def hook(part: nn.Module, given: object, output: Any) -> None:
            runs[name] = runs.get(name, 0) + 1
            seen.pop(name, None)
            seen[name] = output  # in the order of completion

        return hook

    handles = [
        part.register_forward_hook(note(name))
        for name, part in module.named_modules()
        if name and (offers_all or name in stated)
    ]
    device = next(iter(module.parameters())).device
    try:
        with torch.no_grad():
            logits = module(torch.zeros(2, 3, frames, size, size, device=device))  # two clips: what is folded shows
    except MISFIT as error:
        raise ModelError(
            f"the model does not run on clips of {frames} frames at {size} pixels",
            fact=f"{type(error).__name__}: "
            f"{str(error).strip().splitlines()[0] if str(error).strip() else 'no message'}",
            hint="give the frames and the size that it was made for",
        ) from error
    finally:
        for handle in handles:
            handle.remove()
    if not isinstance(logits, Tensor) or logits.dim() not in (2, 3) or len(logits) != 2:
        shape = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise ModelError(
            f"the model gives {shape} for two clips",
            fact="logits [B, classes] or [B, classes, steps] are needed",
            hint=output_hint(logits),
        )
    found = []
    for name, output in seen.items():
        layout = stated.get(name)
        if layout is not None and layout not in LAYOUTS:
            raise OptionError(f"no layout is called {layout!r}", fact=f"the layouts are {', '.join(LAYOUTS)}")
        reading = read_layout(output, 2, frames, layout)
        if reading is not None and runs[name] == 1:
            found.append(Layer(name, reading.layout, reading.steps, grid=reading.grid))
        elif name in stated:
            raise OptionError(
                f"the output of {name} cannot be read",
                fact=f"its shape leaves several readings open, or none: {describe(output)}",
                hint=Use("layouts", {name: "BCTHW"}),
            )
    return logits, found


def describe(output: Any) -> str:
    """A shape, or what there is instead."""
    first = output[0] if isinstance(output, tuple) and output else output
    return str(tuple(first.shape)) if isinstance(first, Tensor) else type(first).__name__
