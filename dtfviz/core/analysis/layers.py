"""Which layers a model has and what comes out of them, found by running it without memory or weights."""

import torch
from torch import nn

from dtfviz.core.models.borrow.capture import capture
from dtfviz.core.models.card import card_of
from dtfviz.core.models.inputs import device_of
from dtfviz.core.models.seams import offers
from dtfviz.core.results.layers import Layers, LayerShape


def describe_layers(model: nn.Module, size: tuple[int, int] | None = None) -> Layers:
    """On clips of the card's size or another (height, width); nothing is computed where the model is on the meta
    device.
    """
    card, device = card_of(model), device_of(model)
    height, width = size or (card.size, card.size)
    with capture(model, card.layers) as outputs, torch.no_grad():
        model(torch.zeros(1, 3, card.frames, height, width, device=device))
    rows = []
    for layer in card.layers:
        _, channels, steps, height, width = outputs[layer.name].shape
        shape = (channels, steps, height, width)
        rows.append(LayerShape(layer.name, shape, layer.temporal))
    head = (card.name, card.frames, card.size, card.temporal, card.filter_layout, card.default_layer)
    return Layers(*head, tuple(rows), offers(model))
