"""What a DTF block does to the feature at one position: stated from its weights, and measured by pushing it.

With the predicted filter held the block is linear, and its answer to an impulse is the effective kernel. In truth the
filter is predicted from the very feature that changes; the sensitivity follows that too.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from dtfviz.core.models.borrow.cut import evaluating
from dtfviz.core.models.seams import ComparesFrames, SpectralFilters


class Effective(NamedTuple):
    """The effective response of one position, small enough to keep."""

    diagonal: Tensor  # [C, F] of every channel to itself
    energy: Tensor  # [C, F] squared magnitude for each output channel, summed over input channels
    kernel_energy: Tensor  # [C, T] squared effective kernels, summed likewise


@torch.no_grad()
def effective(block: SpectralFilters, filter: Tensor) -> Effective:
    """Of the filter of one position [C, F]. Bins without a phase are real, since only that part acts."""
    response = block.effective_response(filter)
    response = torch.where(block.has_phase().to(filter.device), response, response.real.to(response.dtype))
    energy, kernel_energy = response.abs().square().sum(dim=1), block.effective_kernel(filter).square().sum(dim=1)
    return Effective(response.diagonal().T, energy, kernel_energy)


@torch.no_grad()
def impulse_response(block: SpectralFilters, x: Tensor, step: int, channel: int, position: tuple[int, int]) -> Tensor:
    """[C_out, T] by lag: what comes out at a (row, column) when 1 is added there to one channel of the enhanced feature
    at one step.

    The filter is held at what x [1, C, T, H, W] makes the block predict. It equals `effective_kernel(filter)[:,
    channel]`.
    """
    with evaluating(block):
        enhanced = block.enhance(x)
        filter = block.filter(enhanced)
        pushed = enhanced.feature.clone()
        pushed[0, channel, step, *position] += 1
        answer = block.respond(pushed, filter) - block.respond(enhanced.feature, filter)
    return answer[0, :, :, *position].roll(-step, dims=-1)


def sensitivity(block: SpectralFilters, x: Tensor, position: tuple[int, int], channel: int | None = None) -> Tensor:
    """[T_out, T_in]: how what the block adds at a position changes with its input there, aggregation and filter moving
    too.

    For one channel to itself, or for the mean over channels when all of them change alike. The block's identity path is
    left out.
    """
    near, (row, col) = surroundings(block, x, position)
    with evaluating(block), torch.enable_grad():
        leaf = near.detach().requires_grad_()
        added = (block(leaf) - leaf)[0, :, :, row, col]
        answers = added.mean(dim=0) if channel is None else added[channel]
        gradients = [torch.autograd.grad(answer, leaf, retain_graph=True)[0][0, :, :, row, col] for answer in answers]
    return torch.stack([gradient.sum(dim=0) if channel is None else gradient[channel] for gradient in gradients])


def surroundings(block: SpectralFilters, x: Tensor, position: tuple[int, int]) -> tuple[Tensor, tuple[int, int]]:
    """The part of x that a position's output depends on, one window, and where the position stands in it."""
    reach = block.weights_cor.shape[-1] // 2 if isinstance(block, ComparesFrames) else 0
    row, col = position
    top, left = max(0, row - reach), max(0, col - reach)
    return x[..., top : row + reach + 1, left : col + reach + 1], (row - top, col - left)
