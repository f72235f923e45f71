"""Borrowing the outputs and inputs of layers while a model runs."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from dtfviz.core.errors import ModelError
from dtfviz.core.models.borrow.cut import evaluating
from dtfviz.core.models.card import Layer
from dtfviz.core.models.layouts import as_clip
from dtfviz.core.models.seams import SpectralFilters


@contextmanager
def capture(model: nn.Module, layers: Iterable[Layer]) -> Iterator[dict[str, Tensor]]:
    """Outputs of the layers, as (B, C, T, H, W), of whatever the model computes inside the block; the hooks go with
    it.
    """
    outputs: dict[str, Tensor] = {}

    def keep(layer: Layer) -> Any:
        def hook(module: nn.Module, inputs: object, output: Any) -> None:
            outputs[layer.name] = as_clip(output, layer)

        return hook

    with ExitStack() as hooks:
        for layer in layers:
            hooks.enter_context(model.get_submodule(layer.name).register_forward_hook(keep(layer)))
        yield outputs


@contextmanager
def capture_predictions(model: nn.Module) -> Iterator[list[Tensor]]:
    """The filters [B, values, H, W] that its DTF blocks predict inside the block, before they are shared out among
    channels.
    """
    predictions: list[Tensor] = []

    def keep(module: nn.Module, inputs: object, output: Tensor) -> None:
        predictions.append(output)

    with ExitStack() as hooks:
        for part in model.modules():
            predictor = part.predictor if isinstance(part, SpectralFilters) else None
            if predictor is not None:
                hooks.enter_context(predictor.register_forward_hook(keep))
        yield predictions


@contextmanager
def capture_inputs(model: nn.Module, paths: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """What the modules at these paths are fed inside the block: copies, since what follows may work in place."""
    inputs: dict[str, Tensor] = {}

    def keep(path: str) -> Any:
        def hook(module: nn.Module, given: tuple[Any, ...]) -> None:
            if path in inputs:
                raise ModelError(
                    f"{path} runs more than once in a forward pass: which of its filters is meant is not defined"
                )
            inputs[path] = given[0].detach().clone()

        return hook

    with ExitStack() as hooks:
        for path in paths:
            hooks.enter_context(model.get_submodule(path).register_forward_pre_hook(keep(path)))
        yield inputs


@torch.no_grad()
def feed(model: nn.Module, pixels: Tensor, paths: Iterable[str]) -> dict[str, Tensor]:
    """What the modules at these paths are fed when the model sees [1, 3, frames, height, width] in evaluation mode."""
    paths = tuple(paths)
    with evaluating(model), capture_inputs(model, paths) as inputs:
        model(pixels)
    for path in paths:
        if path not in inputs:
            raise ModelError(f"{path} does not run in a forward pass of this model")
    return inputs
