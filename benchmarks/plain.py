"""The models as one would first write them: Conv3d on clips as they come, the spectrum by FFT, and the frame-wise
aggregation by shifted slices. What the fast forms are measured against.
"""

import copy
from types import MethodType

import torch
from torch import Tensor, nn
from torch.nn import functional

from dtfviz.core.models.dtf.block import DTFBlock
from dtfviz.core.models.dtf.resnet import FrameConv
from dtfviz.core.models.seams import Enhanced


def plain(model: nn.Module) -> nn.Module:
    """A copy with the same weights, without any of our ways to be fast."""
    twin = copy.deepcopy(model)
    for module in twin.modules():
        if isinstance(module, FrameConv):
            module.forward = MethodType(nn.Conv3d.forward, module)  # type: ignore[method-assign]  # of a copy
        if isinstance(module, DTFBlock):
            module.enhance = MethodType(enhance, module)  # type: ignore[method-assign]  # of a copy
    return twin


def enhance(block: DTFBlock, x: Tensor) -> Enhanced:
    """As DTFBlock.enhance."""
    if not (block.aggregates or block.correlates):
        return Enhanced(x, None)
    enhanced, correlation = aggregate_by_slices(x, block.weights_cor)
    return Enhanced(enhanced if block.aggregates else x, correlation if block.correlates else None)


def aggregate_by_slices(x: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """[B, C, T, H, W] -> enhanced and correlation [B, K * K, T, H, W]."""
    height, width, size = *x.shape[3:], weight.shape[-1]
    padded = functional.pad(x, [size // 2] * 4)
    before = torch.cat([x[:, :, :1], x[:, :, :-1]], dim=2) * 1.0
    windows = [padded[..., row : row + height, col : col + width] for row in range(size) for col in range(size)]
    taps = weight.flatten(2).unbind(-1)
    scores = [(before * tap[None, :, :, None, None] * own).sum(1) for own, tap in zip(windows, taps, strict=True)]
    correlation = torch.stack(scores, dim=1)
    attention = correlation.softmax(dim=1)
    enhanced = x.clone()
    for own, share in zip(windows, attention.unbind(1), strict=True):
        enhanced[:, :, :-1] += share[:, None, 1:] * own[:, :, 1:]
    return enhanced, correlation
