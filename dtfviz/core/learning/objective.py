"""What a training makes smaller: the cross-entropy of the clip, and beside it, where masks are known, a loss at every
position.

A third part, the focus, keeps filters weak where the object never is, or, where no masks are known, at all but few
positions. What is still has no energy but in bin 0, so that the other bins of its filter change no answer, and no other
part says what they should be.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from dtfviz.core.models.borrow.capture import capture, capture_predictions
from dtfviz.core.models.card import card_of
from dtfviz.core.models.families import FAMILIES
from dtfviz.core.models.inputs import normalise

TINY = 1e-12  # of a filter's energy: keeps the root of zero from an endless slope
COVERED = 0.5  # of a cell: from here on the object is said to be there


class Losses(NamedTuple):
    """Means over the clips; `total` is what is made smaller."""

    total: Tensor
    clip: Tensor
    dense: Tensor
    spread: Tensor  # of filters over positions
    accuracy: Tensor


class Objective(nn.Module):
    """A model with its loss, so that all of it is inside the forward pass of whatever distributes it.

    Each value is a mean over clips of a value of one clip: equal parts of a batch give the same mean as the whole of
    it. The spread of filters alone needs a mean of the whole batch: `over_all` makes it of the part's.
    """

    def __init__(
        self, model: nn.Module, *, dense: float, quiet: float, over_all: Callable[[Tensor], Tensor] = lambda mean: mean
    ) -> None:
        super().__init__()
        self.model, self.dense, self.quiet, self.over_all = model, dense, quiet, over_all

    def forward(self, frames: Tensor, labels: Tensor, masks: Tensor | None, focus: float = 0.0) -> Losses:
        card = card_of(self.model)
        last = card.layers[-1]
        with capture(self.model, [last] if self.dense else []) as outputs, capture_predictions(self.model) as filters:
            logits = self.model(normalise(frames, card))
        clip = functional.cross_entropy(logits, labels)
        dense = torch.zeros_like(clip)
        if self.dense and masks is not None:
            at_positions = self.model.get_submodule(FAMILIES[card.family].head)(outputs[last.name].movedim(1, -1))
            dense = dense_loss(at_positions, labels, masks, self.quiet)
        spread = (
            torch.stack([self.spread(values, masks) for values in filters]).mean()
            if focus and filters
            else torch.zeros_like(clip)
        )
        accuracy = (logits.argmax(1) == labels).float().mean()
        return Losses(clip + self.dense * dense + focus * spread, clip, dense, spread, accuracy)

    def spread(self, filters: Tensor, masks: Tensor | None) -> Tensor:
        """Of [B, values, H, W]: 1 where filters are as strong at every position, small where they are strong at few.

        For each value its mean size over its root mean square. So it does not matter how strong a filter is, which a
        norm after it takes away, and no bin can grow to outshine the others. Cells that the object touches at any time
        count as silent.
        """
        size = filters.abs()
        if masks is not None:
            touched = functional.adaptive_max_pool2d(masks.any(dim=1, keepdim=True).float(), filters.shape[-2:])
            size = size * (touched == 0)
        energy = self.over_all(filters.square().mean(dim=(0, 2, 3)))
        return (size.mean(dim=(0, 2, 3)) / torch.sqrt(energy + TINY)).mean()


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
