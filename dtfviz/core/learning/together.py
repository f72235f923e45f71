"""One training by several processes, begun by torchrun: the same result as by one, up to rounding.

Each process begins with the same weights and takes an equal part of every batch; gradients are averaged, so all
processes take the same steps. What mixes clips or draws numbers must see the whole batch too: batch norms share their
statistics (torch's own SyncBatchNorm needs a GPU), and drop-out draws for the whole batch in every process and keeps
its part.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, distributed, nn

from dtfviz.core.errors import OptionError, Use
from dtfviz.core.learning.feed import Share
from dtfviz.core.models.seams import DrawsByClip

T = TypeVar("T")


@contextmanager
def process_group(device: torch.device) -> Iterator[Share]:
    """Join the processes that torchrun began, if it did."""
    ranks = int(os.environ.get("WORLD_SIZE", "1"))
    if ranks == 1:
        yield Share()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Share(distributed.get_rank(), ranks)
    finally:
        distributed.destroy_process_group()


def check_share(batch: int, ranks: int) -> None:
    """An error where a batch cannot be shared evenly."""
    if batch % ranks:
        raise OptionError(
            f"a batch of {batch} cannot be shared equally by {ranks} processes",
            hint=Use("batch", max(1, batch // ranks) * ranks),
        )


def mean_of(values: Tensor, share: Share) -> Tensor:
    """The mean over all processes of values that are not differentiated."""
    if share.ranks > 1:
        distributed.all_reduce(values)
    return values / share.ranks


def average_gradients(model: nn.Module, share: Share) -> None:
    """In one message: the models are small beside what an overlap of many would save."""
    if share.ranks == 1:
        return
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    means = mean_of(torch.cat([gradient.flatten() for gradient in gradients]), share)
    for gradient, mean in zip(gradients, means.split([gradient.numel() for gradient in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))


def gather(values: tuple[T, ...], share: Share) -> tuple[T, ...]:
    """What any process has, without repetition, in every process."""
    if share.ranks == 1:
        return values
    parts: list[tuple[T, ...] | None] = [None] * share.ranks
    distributed.all_gather_object(parts, values)
    return tuple(dict.fromkeys(value for part in parts for value in part or ()))


def decide(make: Callable[[], T], share: Share) -> T:
    """What the first process finds, in every process; the others wait for it."""
    made = [make() if share.rank == 0 else None]
    if share.ranks > 1:
        distributed.broadcast_object_list(made)
    return cast(T, made[0])


def wait_for_all(share: Share) -> None:
    """Until every process has come as far as this."""
    if share.ranks > 1:
        distributed.barrier()


def see_whole_batch(model: nn.Module, share: Share) -> None:
    """Put modules that see the whole batch in the place of those that would see a part; names and parameters stay."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.BatchNorm3d):
                setattr(parent, name, SharedNorm.like(child))
            elif isinstance(child, nn.Dropout | DrawsByClip):
                setattr(parent, name, SharedNoise(child, share))


class Total(torch.autograd.Function):
    """The sum over all processes, of values and on the way back of gradients."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        total = values.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].contiguous().clone()
        distributed.all_reduce(total)
        return total


def mean_over(value: Tensor, ranks: int) -> Tensor:
    """The mean over all processes of a value that each computes from its part; gradients flow through it."""
    if ranks == 1:
        return value
    total: Tensor = Total.apply(value)
    return total / ranks


class SharedNorm(nn.BatchNorm3d):
    """Batch norm whose mean and variance are those of all processes together, each of which has as many values."""

    @classmethod
    def like(cls, norm: nn.BatchNorm3d) -> "SharedNorm":
        """With the very parameters and statistics of another."""
        new = cls(norm.num_features, eps=norm.eps, momentum=norm.momentum, affine=norm.affine)
        for name, parameter in norm.named_parameters():
            setattr(new, name, parameter)
        for name, buffer in norm.named_buffers():
            setattr(new, name, buffer)
        return new.train(norm.training)

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            return super().forward(input)
        axes, ranks = (0, 2, 3, 4), distributed.get_world_size()
        mean = mean_over(input.mean(axes), ranks)
        centred = input - mean[:, None, None, None]
        variance = mean_over(centred.square().mean(axes), ranks)
        self.remember(mean.detach(), variance.detach(), ranks * input.numel() // input.shape[1])
        out = centred * torch.rsqrt(variance + self.eps)[:, None, None, None]
        return out if self.weight is None else out * self.weight[:, None, None, None] + self.bias[:, None, None, None]

    @torch.no_grad()
    def remember(self, mean: Tensor, variance: Tensor, count: int) -> None:
        """Running statistics, the variance unbiased, as torch keeps them."""
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean, self.momentum or 0.0)
        self.running_var.lerp_(variance * count / (count - 1), self.momentum or 0.0)


class SharedNoise(nn.Module):
    """Drop-out that draws what one process would draw for the whole batch, and keeps this process's part."""

    def __init__(self, inner: nn.Module, share: Share) -> None:
        super().__init__()
        self.inner, self.share = inner, share

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        whole = x.new_ones(self.share.ranks * len(x), *x.shape[1:])
        noise: Tensor = self.inner(whole).chunk(self.share.ranks)[self.share.rank]
        return x * noise
