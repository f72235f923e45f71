"""Borrowing the outputs of layers while a model runs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from torch import Tensor, nn, unflatten

from dtfviz.core.models.card import Layer


@contextmanager
def capture(model: nn.Module, layers: Iterable[Layer]) -> Iterator[dict[str, Tensor]]:
    """Outputs of the layers, as (B, C, T, H, W), of whatever the model computes inside the block; the hooks go with it."""
    outputs: dict[str, Tensor] = {}
    handles = []

    def listen(layer: Layer) -> None:
        def keep(module: nn.Module, inputs: object, output: Tensor) -> None:
            outputs[layer.name] = as_clip(output, layer)

        handles.append(model.get_submodule(layer.name).register_forward_hook(keep))

    try:
        for layer in layers:
            listen(layer)
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def as_clip(output: Tensor, layer: Layer) -> Tensor:
    """A layer's output as (B, C, T, H, W)."""
    if layer.layout == "BCTHW":
        return output
    side = round(output.shape[1] ** 0.5)  # "(BT)(HW)C": square grids of tokens, steps folded into the batch
    grid = unflatten(unflatten(output, 1, (side, side)), 0, (-1, layer.steps))
    return grid.permute(0, 4, 1, 2, 3)
