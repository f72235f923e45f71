"""Random weights that are worth looking at: a fresh temporal operator adds nothing, and a fresh batch norm knows
nothing.
"""

import torch
from torch import nn

from dtfviz.core.models.borrow.cut import evaluating
from dtfviz.core.models.card import card_of

CLIPS = 2  # of noise, that batch norms are calibrated on


@torch.no_grad()
def wake(model: nn.Module, alpha: float = 1.0, seed: int = 0) -> nn.Module:
    """The model itself, whose temporal operators add `alpha` times their normalised output, with batch norms calibrated
    on noise.

    Without the calibration squares of squares overflow: a filter depends on what it filters, block after block.
    """
    for module in model.modules():
        level = getattr(module, "alpha1", None)
        if isinstance(level, nn.Parameter):
            level.fill_(alpha)
    norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    usual = [norm.momentum for norm in norms]
    card, device = card_of(model), next(model.parameters()).device
    noise = torch.randn(CLIPS, 3, card.frames, card.size, card.size, generator=torch.Generator().manual_seed(seed))
    with evaluating(model):
        for norm in norms:
            norm.train().momentum = 1.0  # statistics of this one batch
        if norms:
            model(noise.to(device))
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
    return model
