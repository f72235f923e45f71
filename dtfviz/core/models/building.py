"""From a name or arguments to a fresh model with its card."""

from inspect import signature
from typing import Any

import torch
from torch import nn

from dtfviz.core.models.card import Card, Layer, give_card, stages_of
from dtfviz.core.models.catalogue import MODELS, resolve
from dtfviz.core.models.families import FAMILIES, Arguments, load


def build(name: str, family: str, arguments: Arguments, frames: int, size: int, default_layer: str) -> nn.Module:
    """A fresh model in evaluation mode, with its card. One of fewer stages than usual is looked at in its last."""
    kind = FAMILIES[family]
    given = {**kind.usual, **arguments, "frames": frames} | ({"size": size} if kind.needs_size else {})
    model: nn.Module = load(kind.builder)(**given).eval()
    layers: tuple[Layer, ...] = model.describe_layers()  # type: ignore[operator]  # every builder's models have it
    is_there = default_layer in [layer.name for layer in layers]
    card = Card(
        name=name,
        family=family,
        frames=frames,
        size=size,
        num_classes=given["num_classes"],
        layers=layers,
        default_layer=default_layer if is_there else stages_of(layers)[-1].name,
        filter_layer=MODELS[name].filter_layer if name in MODELS else "",
        temporal=str(given.get("temporal", kind.identity.get("temporal", ""))),
        filter_layout=given.get("filter_layout", "none"),
        arguments=given,
    )
    give_card(model, card)
    return model


def sketch(name: str, **arguments: Any) -> nn.Module:
    """A model of MODELS without memory or weights, for what only asks for names, shapes and capabilities."""
    with torch.device("meta"):
        return build_model(name, **arguments)


def takes(name: str, argument: str) -> bool:
    """Whether the builder of a model of MODELS takes an argument."""
    return argument in signature(load(FAMILIES[MODELS[name].family].builder)).parameters


def build_model(
    name: str,
    *,
    frames: int | None = None,
    size: int | None = None,
    num_classes: int | None = None,
    filter_layout: str | None = None,
    **arguments: Any,
) -> nn.Module:
    """A fresh model of MODELS. Further arguments go to the builder, such as `temporal="dtf_1d"`."""
    name = resolve(name)
    entry = MODELS[name]
    asked = {
        key: value
        for key, value in (("num_classes", num_classes), ("filter_layout", filter_layout))
        if value is not None
    }
    return build(
        name,
        entry.family,
        dict(entry.arguments) | arguments | asked,
        frames or entry.frames,
        size or entry.size,
        entry.default_layer,
    )
