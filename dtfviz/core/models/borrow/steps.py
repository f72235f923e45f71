"""When the steps of a layer are: even parts of the clip, unless modules on the way sample it at places of their own."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dtfviz.core.errors import ModelError
from dtfviz.core.media.clip import Clip, even_times
from dtfviz.core.models.borrow.cut import evaluating
from dtfviz.core.models.seams import SamplesInTime
from dtfviz.core.results.places import Cells


@dataclass(frozen=True)
class Fed:
    """A module that samples in time, and what it was fed."""

    path: str
    module: SamplesInTime
    x: Tensor  # [1, C, T_in, H, W]


@contextmanager
def watch_sampling(model: nn.Module, layer: str) -> Iterator[list[Fed]]:
    """What the samplers that run before or inside a layer are fed inside the block, in their order; one that the layer
    lies in has not sampled yet.
    """
    found: list[Fed] = []
    arrived: list[str] = []

    def keep(path: str, sampler: SamplesInTime) -> Any:
        def hook(module: nn.Module, given: tuple[Any, ...]) -> None:
            if not arrived:
                found.append(Fed(path, sampler, given[0].detach().clone()))  # what follows may work in place

        return hook

    with ExitStack() as hooks:
        samplers = samplers_beside(model, layer)
        for path, sampler in samplers.items():
            hooks.enter_context(model.get_submodule(path).register_forward_pre_hook(keep(path, sampler)))
        if samplers:
            arrive = model.get_submodule(layer).register_forward_hook(lambda *_: arrived.append(layer))
            hooks.enter_context(arrive)
        yield found


def samplers_beside(model: nn.Module, layer: str) -> dict[str, SamplesInTime]:
    """The samplers by path, less those that the layer lies in, and those whose sampling is part of another's."""
    own = {
        path: module
        for path, module in model.named_modules()
        if isinstance(module, SamplesInTime) and not lies_in(layer, path)
    }
    return {path: module for path, module in own.items() if not any(lies_in(path, other) for other in own)}


def lies_in(path: str, other: str) -> bool:
    """Whether a module is part of another."""
    return path != other and (not other or path.startswith(f"{other}."))


def sampled_times(clip: Clip, fed: Sequence[Fed], steps: int, entry: Cells | None = None) -> NDArray[np.float64] | None:
    """(T,) seconds of so many steps after these samplers, one after the other; None where there is none. `entry`: where
    the steps are that the first of them is fed.
    """
    if not fed:
        return None
    times = np.asarray(clip.times)
    for one in fed:
        count = one.x.shape[2]
        known = entry if one is fed[0] else None
        at_steps = even_times(times, count) if known is None else known.step_times(clip)
        times = np.interp(places_of(one), np.arange(count), at_steps)
    return even_times(times, steps)


@torch.no_grad()
def places_of(fed: Fed) -> NDArray[np.float64]:
    """(T,): where a sampler takes its steps, counted in those of its input."""
    with evaluating(fed.module):
        places = fed.module.sampled_at(fed.x)[0].double().cpu().numpy()
    if not np.isfinite(places).all():
        raise ModelError(f"{fed.path} samples at no finite place", fact="the weights or the clip hold extreme values")
    return np.asarray(places, np.float64)
