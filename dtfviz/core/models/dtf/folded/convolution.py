"""Convolutions of frames, channels last, with what follows them: norm folded in, sum and ReLU in one pass."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from dtfviz.core.errors import ModelError
from dtfviz.core.models.dtf.resnet import FrameConv

fused = torch.ops.mkldnn._convolution_pointwise


def asks_gradient(*tensors: Tensor | None) -> bool:
    """Whether autograd follows what is computed from them."""
    return torch.is_grad_enabled() and any(tensor is not None and tensor.requires_grad for tensor in tensors)


def can_fuse(x: Tensor, added: Tensor | None = None) -> bool:
    """Whether oneDNN's fused calls, which know no gradient, may stand in: on the CPU, in float32, without a graph."""
    is_theirs = x.device.type == "cpu" and x.dtype == torch.float32 and torch.backends.mkldnn.is_available()
    return is_theirs and not asks_gradient(x, added)


class Convolution(nn.Module):
    """A 2-D convolution of frames [N, C, H, W], with a bias; then, where asked for, a sum and a ReLU.

    On the CPU, in float32 and without a graph, all of it is one call of oneDNN with a weight in its own layout.
    """

    def __init__(self, weight: Tensor, bias: Tensor, *, stride: int = 1, padding: int = 0, has_relu: bool) -> None:
        super().__init__()
        self.weight: Tensor
        self.bias: Tensor
        self.register_buffer("weight", weight.contiguous(memory_format=torch.channels_last))
        self.register_buffer("bias", bias)
        self.stride, self.padding, self.has_relu = [stride, stride], [padding, padding], has_relu
        self.packed: tuple[torch.Size, Tensor] | None = None  # for inputs of one shape

    def forward(self, frames: Tensor, added: Tensor | None = None) -> Tensor:
        if not can_fuse(frames, added):
            return self.convolve(frames, added)
        given = (self.padding, self.stride, [1, 1], 1)
        weight = self.packed_for(frames.shape)
        if added is None:
            alone: Tensor = fused(frames, weight, self.bias, *given, "relu" if self.has_relu else "none", [], "")
            return alone
        unary = "relu" if self.has_relu else None
        summed: Tensor = fused.binary(frames, added, weight, self.bias, *given, "add", 1.0, unary, [], "")
        return summed

    def convolve(self, frames: Tensor, added: Tensor | None) -> Tensor:
        """Step by step, as autograd, other types and devices need it."""
        out = functional.conv2d(frames, self.weight, self.bias, self.stride, self.padding)
        if added is not None:
            out = out.add_(added)
        return out.relu_() if self.has_relu else out

    def packed_for(self, shape: torch.Size) -> Tensor:
        """The weight as oneDNN likes it for inputs of this shape; clips of a video have one."""
        if self.packed is None or self.packed[0] != shape:
            pack: Any = torch._C._nn.mkldnn_reorder_conv2d_weight  # torch's stub forgets the shape
            given = (self.padding, self.stride, [1, 1], 1, list(shape))
            self.packed = (shape, pack(self.weight.to_mkldnn(), *given))
        return self.packed[1]

    def __getstate__(self) -> dict[str, Any]:
        """Copies pack their own."""
        return self.__dict__ | {"packed": None}

    def _apply(self, *args: Any, **kwargs: Any) -> Any:
        self.packed = None  # weights that move are packed anew
        return super()._apply(*args, **kwargs)  # type: ignore[no-untyped-call]  # torch's own is not typed


def folded_norm(norm: nn.BatchNorm3d) -> tuple[Tensor, Tensor]:
    """Gain and shift of every channel, in double precision."""
    if norm.running_mean is None or norm.running_var is None:
        raise ModelError("a batch norm without running statistics depends on the clip: it cannot be folded")
    gain = (norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)).detach()
    return gain, norm.bias.detach().double() - gain * norm.running_mean.double()


def by_frame(conv: FrameConv) -> Tensor:
    """[O, C * frames, K, K], in double precision."""
    return conv.weight.detach().double().flatten(1, 2)


def conv_and_norm(conv: FrameConv, norm: nn.BatchNorm3d, *, has_relu: bool) -> Convolution:
    """As one convolution, in the type of its weight."""
    gain, shift = folded_norm(norm)
    return convolution_like(conv, by_frame(conv) * gain[:, None, None, None], shift, has_relu=has_relu)


def convolution_like(conv: FrameConv, weight: Tensor, bias: Tensor, *, has_relu: bool) -> Convolution:
    """With another weight, and a bias."""
    like = conv.weight
    return Convolution(
        weight.to(like), bias.to(like), stride=conv.stride[1], padding=conv.kernel_size[1] // 2, has_relu=has_relu
    )
