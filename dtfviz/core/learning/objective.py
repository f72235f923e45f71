"""What a training makes smaller: the cross-entropy of the clip, and beside it, where masks are known, a loss at every position."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from dtfviz.core.analysis.capture import capture
from dtfviz.core.models.card import card_of
from dtfviz.core.models.inputs import normalise

COVERED = 0.5  # of a cell: from here on the object is said to be there


class Losses(NamedTuple):
    """Means over the clips; `total` is what is made smaller."""

    total: Tensor
    clip: Tensor
    dense: Tensor
    accuracy: Tensor


class Objective(nn.Module):
    """A model with its loss, so that all of it is inside the forward pass of whatever distributes it.

    Each value is a mean over clips of a value of one clip: equal parts of a batch give the same mean as the whole of it.
    """

    def __init__(self, model: nn.Module, *, dense: float, quiet: float) -> None:
        super().__init__()
        self.model, self.dense, self.quiet = model, dense, quiet

    def forward(self, frames: Tensor, labels: Tensor, masks: Tensor | None) -> Losses:
        card = card_of(self.model)
        last = card.layers[-1]
        with capture(self.model, [last] if self.dense else []) as outputs:
            logits = self.model(normalise(frames, card))
        clip = functional.cross_entropy(logits, labels)
        dense = torch.zeros_like(clip)
        if self.dense and masks is not None:
            at_positions = self.model.get_submodule("fc")(outputs[last.name].movedim(1, -1))
            dense = dense_loss(at_positions, labels, masks, self.quiet)
        accuracy = (logits.argmax(1) == labels).float().mean()
        return Losses(clip + self.dense * dense, clip, dense, accuracy)


def dense_loss(logits: Tensor, labels: Tensor, masks: Tensor, quiet: float) -> Tensor:
    """Of [B, T, H, W, classes]: the cells that the object covers are to name the class, the others to say nothing."""
    covered = cells_covered(masks, logits)
    wanted = labels[:, None, None, None].expand(covered.shape)
    named = functional.cross_entropy(logits.movedim(-1, 1), wanted, reduction="none")
    return (mean_where(covered, named) + quiet * mean_where(~covered, logits.square().mean(-1))).mean()


def cells_covered(masks: Tensor, logits: Tensor) -> Tensor:
    """[B, F, h, w] of pixels as [B, T, H, W] of cells."""
    steps, rows, columns = logits.shape[1:4]
    shares = functional.adaptive_avg_pool3d(masks.unsqueeze(1).float(), (steps, rows, columns))
    return shares.squeeze(1) >= COVERED


def mean_where(chosen: Tensor, values: Tensor) -> Tensor:
    """One mean a clip; 0 where nothing is chosen."""
    return (values * chosen).flatten(1).sum(1) / chosen.flatten(1).sum(1).clamp(min=1)
