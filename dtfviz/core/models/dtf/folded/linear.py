"""Linear layers with what stands before and after them: the layer norm folded in, GELU or sum in the same call."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from dtfviz.core.models.dtf.folded.convolution import can_fuse

fused = torch.ops.mkldnn._linear_pointwise


class Linear(nn.Module):
    """A linear layer; then, where asked for, a GELU or a sum."""

    def __init__(self, weight: Tensor, bias: Tensor, *, has_gelu: bool = False) -> None:
        super().__init__()
        self.weight: Tensor
        self.bias: Tensor
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)
        self.has_gelu = has_gelu

    def forward(self, x: Tensor, added: Tensor | None = None) -> Tensor:
        if can_fuse(x, added):
            if added is not None:
                summed: Tensor = fused.binary(x, added, self.weight, self.bias, "add")
                return summed
            alone: Tensor = fused(x, self.weight, self.bias, "gelu" if self.has_gelu else "none", [], "none")
            return alone
        out = functional.linear(x, self.weight, self.bias)
        if added is not None:
            return added + out
        return functional.gelu(out) if self.has_gelu else out


class NormedLinear(nn.Module):
    """A layer norm, whose gain and shift are in the linear layer after it."""

    def __init__(self, norm: nn.LayerNorm, linear: nn.Linear, *, has_gelu: bool = False) -> None:
        super().__init__()
        self.width, self.eps = norm.normalized_shape, norm.eps
        weight = linear.weight.detach()
        bias = weight @ norm.bias.detach()
        if linear.bias is not None:
            bias = bias + linear.bias.detach()
        self.linear = Linear(weight * norm.weight.detach(), bias, has_gelu=has_gelu)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.linear(functional.layer_norm(x, self.width, eps=self.eps))
        return out


def as_it_stands(linear: nn.Linear) -> Linear:
    """With its own weight and bias."""
    return Linear(linear.weight.detach().clone(), linear.bias.detach().clone())
