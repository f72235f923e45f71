"""Temporal operators that filter alike at every position and for every clip: convolutions over steps, and the shift."""

import torch
from torch import Tensor, nn

from dtfviz.core.analysis.filters.operators import Operator
from dtfviz.core.analysis.filters.spacing import step_spacing
from dtfviz.core.analysis.reach.centres import cells_fed, steps_of
from dtfviz.core.errors import ModelError
from dtfviz.core.media.clip import Clip
from dtfviz.core.models.borrow.capture import feed
from dtfviz.core.models.borrow.steps import watch_sampling
from dtfviz.core.models.card import card_of
from dtfviz.core.models.inputs import input_of
from dtfviz.core.models.seams import FixedKernels, Kernels, weights_by_lag
from dtfviz.core.results.cam import Cam
from dtfviz.core.results.filters import StaticFilters

FREQUENCIES = 65  # points from 0 to half a cycle per step: the response of a convolution is a curve


@torch.no_grad()
def static_filters(model: nn.Module, clip: Clip, operator: Operator, cam: Cam | None = None) -> StaticFilters:
    """The spectrum of the operator's kernels. The model runs once, to see how many steps and channels reach it."""
    card = card_of(model)
    with watch_sampling(model, operator.path) as fed:
        shape = feed(model, input_of(model, clip), [operator.path])[operator.path].shape
    channels, steps = shape[1:3]
    found = kernels_of(operator.module, channels)
    cells, sampled = cells_fed(model, clip, operator.path, tuple(shape[2:])), steps_of(model, clip, fed, steps)
    spacing, remarks = step_spacing(clip, cells, sampled)
    energy = found.weights.square().sum(dim=1)
    strongest = found.weights.square().sum(dim=2).argmax(dim=1)
    frequencies = torch.linspace(0, 0.5, FREQUENCIES, dtype=torch.float64)
    return StaticFilters(
        clip=clip,
        model=card.name,
        trust=card.trust,
        layer=operator.layer,
        block=operator.path,
        kind=found.kind,
        steps=steps,
        spacing=spacing,
        sampled=sampled,
        placed=cells,
        cam=cam,
        lags=found.lags.numpy(),
        kernels=found.weights[torch.arange(len(strongest)), strongest].numpy(),
        kernel_energy=energy.numpy(),
        frequencies=frequencies.numpy(),
        gain=gain(found, frequencies).numpy(),
        scale=found.scale.numpy(),
        remarks=("the same at every position and for every clip", *remarks),
    )


def gain(kernels: Kernels, frequencies: Tensor) -> Tensor:
    """[O, N]: root of the squared magnitude at each frequency, summed over inputs; one frequency at a time, the
    weights are large.
    """
    turns = 2 * torch.pi * frequencies[:, None] * kernels.lags
    squared = [(kernels.weights @ turn.cos()).square() + (kernels.weights @ turn.sin()).square() for turn in turns]
    return torch.stack([values.sum(dim=1).sqrt() for values in squared], dim=1)


def kernels_of(module: nn.Module, channels: int) -> Kernels:
    """On the CPU in float64."""
    if isinstance(module, FixedKernels):
        return module.temporal_kernels(channels)
    if isinstance(module, nn.Conv3d):
        size = "x".join(str(side) for side in module.kernel_size)
        ones = torch.ones(module.out_channels, dtype=torch.float64)
        return Kernels(f"{size} convolution", *weights_by_lag(module), ones)
    raise ModelError(
        "this layer predicts three taps anew for each clip and position, and pads with zeros: it has no fixed kernel "
        "and no spectrum",
        fact="filters reads frequency filters that are predicted (dtf) or learnt (dtf_f), convolutions over steps and "
        "shifts",
    )
