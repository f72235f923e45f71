"""Anyone's video model: a torch module with a card, so that every analysis knows how to feed and read it.

Layers are found by running the module once and looking at what comes out of its parts: 5-D features, channels last,
steps folded into the batch, tokens with or without a class token, tuples whose first item is the feature. The grid of
tokens is that of the patch embedding's convolution. Where shapes leave two readings open the layer is left out, and
`layers={"name": "layout"}` states the right one.
"""

from collections.abc import Mapping, Sequence
from math import inf, isfinite

from torch import Tensor, nn

from dtfviz.core.choices import ACTIVATIONS, ANSWERS, INPUT_LAYOUTS
from dtfviz.core.errors import Hint, ModelError, OptionError, Use
from dtfviz.core.models.answers import CLASSES, SOFTMAX, TIMELINE, Answer
from dtfviz.core.models.card import IMAGENET_STD, WRAPPED, Card, check_extent, give_card
from dtfviz.core.models.layouts import Grid
from dtfviz.core.models.wrapped.adapting import FEEDS, Feed, adapting, settle_order, take_off
from dtfviz.core.models.wrapped.feeding import Feeding, settle_feeding
from dtfviz.core.models.wrapped.layers import (
    check_stated,
    last_that_matters,
    order_tokens,
    read_layers,
    unread_after,
)
from dtfviz.core.models.wrapped.looking import MISFIT, Seen, look_inside, misfit, read_order, zeros


def wrap(
    module: nn.Module,
    *,
    frames: int | None = None,
    size: int | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    classes: Sequence[str] | None = None,
    layers: Mapping[str, str] | Sequence[str] | None = None,
    default_layer: str | None = None,
    stride: int = 1,
    name: str | None = None,
    input_layout: str | None = None,
    output: str | None = None,
    trained: bool = False,
    answers: str | None = None,
    activation: str = SOFTMAX,
    grid: Grid | None = None,
    feed: Feed | None = None,
) -> nn.Module:
    """The module itself, in evaluation mode and with a card. It then takes clips [B, 3, frames, size, size] and gives
    logits.

    `frames`, `size`, `mean`, `std`, `input_layout` and `output` (the field of the object that it returns): as
    torchvision, timm or transformers say of it, unless given; the card's `assumed` tells. `feed`: what makes of a clip
    whatever else the model takes; a mapping becomes keywords, a tuple several arguments. `answers`: "classes" or
    "timeline", read off the shape unless stated; `activation`: "softmax" or "sigmoid". `layers`: names of the layers to
    offer (all that can be read, unless given), or layouts by name, for layers whose shape leaves several readings open;
    `grid`: steps, rows and columns of their tokens. `default_layer`: the last that the logits depend on, unless given.
    `trained`: whether its weights mean something, which only you know.
    """
    colours, deviation = (None if values is None else tuple(values) for values in (mean, std))
    asked = Feeding(frames, size, colours, deviation, check_layout(input_layout), output)
    fed, remarks = settle_feeding(module, asked)
    clip = (int(fed.frames or 0), int(fed.size or 0))
    check_extent(*clip)
    stated = layers if isinstance(layers, Mapping) else dict.fromkeys(layers or ())
    check_stated(module, stated)
    with adapting(module, feed or FEEDS[str(fed.input_layout)], fed.output):
        seen = look(module, clip, None if not layers or isinstance(layers, Mapping) else stated, fed)
        order = read_order(seen.logits, clip[0], classes)
        settle_order(module, order)
        logits = order.settle(seen.logits)
        answer, guesses = read_answer(logits, seen.logits, answers, activation)
        found = order_tokens(module, read_layers(module, seen, clip[0], stated, grid), *clip)
        chosen = default_layer or last_that_matters(module, seen, found, clip, answer)
        card = Card(
            name=name or type(module).__name__,
            family=WRAPPED,
            frames=clip[0],
            size=clip[1],
            num_classes=logits.shape[1],
            layers=tuple(found),
            default_layer=chosen,
            temporal="",
            filter_layout="none",
            stride=stride,
            mean=fed.mean or (),
            std=fed.std or (),
            classes=tuple(classes) if classes is not None else None,
            trained=trained,
            answer=answer,
            assumed=(*remarks, *guesses, *(() if default_layer else unread_after(seen, found, chosen))),
        )
        check_card(card)
    give_card(module, card)
    return module


def check_layout(name: str | None) -> str | None:
    """The name of an input layout, or an error that lists them."""
    if name not in (None, *INPUT_LAYOUTS):
        raise OptionError(f"no input layout is called {name!r}", fact=f"the layouts are {', '.join(INPUT_LAYOUTS)}")
    return name


def look(module: nn.Module, clip: tuple[int, int], names: Mapping[str, str | None] | None, fed: Feeding) -> Seen:
    """A run of two clips, or an error that says what would run."""
    try:
        return look_inside(module, zeros(module, *clip), names)
    except MISFIT as error:
        raise misfit(error, *clip, hint_for(module, clip, fed)) from error


def hint_for(module: nn.Module, clip: tuple[int, int], fed: Feeding) -> Hint:
    """The other input layout, if the model runs with it."""
    other = next(name for name in INPUT_LAYOUTS if name != fed.input_layout)
    take_off(module)
    try:
        with adapting(module, FEEDS[other], fed.output):
            look_inside(module, zeros(module, *clip), ())
    except (*MISFIT, OptionError):
        return "give the frames and the size that it was made for"
    return Use("input_layout", other)


def check_card(card: Card) -> None:
    """An error for names that do not fit what was found, and for colours that nothing can be scaled by."""
    if not (all(map(isfinite, card.mean)) and all(0 < deviation < inf for deviation in card.std)):
        raise OptionError(
            "the model's mean and std do not scale colours",
            fact=f"mean {card.mean}, std {card.std}",
            hint=Use("std", ",".join(map(str, IMAGENET_STD))),
        )
    if card.classes is not None and len(card.classes) != card.num_classes:
        raise ModelError(
            f"{len(card.classes)} class names for {card.num_classes} logits",
            fact=f"the model gives {card.num_classes} logits a clip",
        )
    if card.default_layer and card.default_layer not in {layer.name for layer in card.layers}:
        raise OptionError(
            f"{card.name} has no layer called {card.default_layer!r} that can be read",
            hint=Use("layouts", {card.default_layer: "BCTHW"}),
        )


def read_answer(logits: Tensor, given: Tensor, stated: str | None, activation: str) -> tuple[Answer, tuple[str, ...]]:
    """What kind of answer these logits of two clips are, and what had to be assumed of them as they were given."""
    if stated not in (None, *ANSWERS) or activation not in ACTIVATIONS:
        raise OptionError(
            f"no answer is called {stated or ''} {activation}".replace("  ", " "),
            fact=f"answers are {' or '.join(ANSWERS)}, with {' or '.join(ACTIVATIONS)}",
        )
    kind = TIMELINE if logits.dim() == 3 else CLASSES
    if stated not in (None, kind):
        raise ModelError(f"the model gives {tuple(given.shape)} for two clips", fact=f"{stated} was stated")
    folded = (len(given) // len(logits), *given.shape[1:])
    shape = " x ".join(map(str, given.shape[1:] if given.dim() == logits.dim() else folded))
    guess = f"an answer of {shape} is taken for {logits.shape[1]} classes over {logits.shape[-1]} steps of time"
    return Answer(kind, activation), (guess,) if kind == TIMELINE and stated is None else ()
