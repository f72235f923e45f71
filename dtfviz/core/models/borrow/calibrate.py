"""Batch norms of random weights, which know nothing of what they are fed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

Norm = nn.modules.batchnorm._BatchNorm


@contextmanager
def calibrating(model: nn.Module) -> Iterator[tuple[Norm, ...]]:
    """Inside, batch norms in evaluation mode take mean and variance from whatever they are fed, as constants. Yields
    them.

    Statistics of other clips would not do: where a filter depends on what it filters, an input twice as large as
    expected gives four times the output, sixteen times after the next block, and soon no finite number.
    """
    norms = [part for part in model.modules() if isinstance(part, Norm) and part.track_running_stats]
    known = {norm: (norm.running_mean, norm.running_var) for norm in norms}
    hooks = [norm.register_forward_pre_hook(learn) for norm in norms]
    try:
        yield tuple(known)
    finally:
        for hook in hooks:
            hook.remove()
        for norm, (mean, variance) in known.items():
            norm.running_mean, norm.running_var = mean, variance


def learn(norm: Norm, given: tuple[Any, ...]) -> None:
    """New tensors, not new values: a graph may hold those of an earlier call."""
    x: Tensor = given[0].detach().transpose(0, 1).flatten(1).to(norm.running_var)
    norm.running_mean, norm.running_var = x.mean(dim=1), x.var(dim=1, unbiased=False)
