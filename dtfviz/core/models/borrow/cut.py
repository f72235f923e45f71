"""A model's graph, cut at a layer: no graph up to it and one from there on.

Gradients at the layer equal those of the whole graph, at a fraction of its memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from dtfviz.core.errors import ModelError
from dtfviz.core.models.card import Layer
from dtfviz.core.models.layouts import as_clip, feature_of, with_feature
from dtfviz.core.models.seams import Trainable


@dataclass(frozen=True)
class Captured:
    """One clip at one layer."""

    activation: Tensor  # (1, C, T, H, W)
    gradient: Tensor  # of the target's score, the same shape
    logits: Tensor  # (classes,)


@contextmanager
def cut_at(model: nn.Module, layer: Layer) -> Iterator[Any]:
    """Inside, the model's graph begins at the layer. Yields (score, logits) -> Captured, for use inside."""
    leaves: list[Tensor] = []

    def begin(module: nn.Module, inputs: object, output: Any) -> Any:
        feature = feature_of(output)
        if leaves or feature is None:
            raise ModelError(
                f"{layer.name} runs more than once in a forward pass, or gives no tensor: its map is not defined"
            )
        leaves.append(feature.detach().requires_grad_())
        torch.set_grad_enabled(True)
        return with_feature(output, leaves[0].clone())  # a clone: what follows may work in place

    def capture(score: Tensor, logits: Tensor) -> Captured:
        if not leaves:
            raise ModelError(f"{layer.name} does not run in a forward pass of this model")
        if not score.requires_grad:
            raise ModelError(f"no gradient reaches {layer.name}", fact="the score does not depend on it")
        (gradient,) = torch.autograd.grad(score, leaves[0], allow_unused=True, materialize_grads=True)
        return Captured(as_clip(leaves[0].detach(), layer), as_clip(gradient, layer), logits.detach())

    if any(parameter.is_inference() for parameter in model.parameters()):
        raise ModelError(
            "no gradient passes this model",
            fact="its weights were made inside torch.inference_mode()",
            hint="make or load it outside, and call the analysis wherever you like",
        )
    with evaluating(model), torch.no_grad(), model.get_submodule(layer.name).register_forward_hook(begin):
        yield capture


@contextmanager
def evaluating(model: Trainable) -> Iterator[None]:
    """Evaluation mode for as long as the block lasts; then every module has its own mode again."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, was_training in modes.items():
            module.training = was_training
