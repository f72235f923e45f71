"""Borrowing the outputs of layers while a model runs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from dtfviz.core.models.card import Layer
from dtfviz.core.models.layouts import as_clip


@contextmanager
def capture(model: nn.Module, layers: Iterable[Layer]) -> Iterator[dict[str, Tensor]]:
    """Outputs of the layers, as (B, C, T, H, W), of whatever the model computes inside the block; the hooks go with it."""
    outputs: dict[str, Tensor] = {}
    handles = []

    def listen(layer: Layer) -> None:
        def keep(module: nn.Module, inputs: object, output: Any) -> None:
            outputs[layer.name] = as_clip(output, layer)

        handles.append(model.get_submodule(layer.name).register_forward_hook(keep))

    try:
        for layer in layers:
            listen(layer)
        yield outputs
    finally:
        for handle in handles:
            handle.remove()
