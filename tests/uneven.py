"""A net that looks at a clip from its brightest frame on, at steps further and further apart."""

import torch
from torch import Tensor, nn

from dtfviz.core.models.card import Card, Layer

AFTER = (0, 1, 2.5, 5)  # steps after the brightest
CHANNELS = 8


class FromTheBrightest(nn.Module):
    """[B, C, T, H, W] -> [B, C, 4, H, W], linear between steps, never beyond the last."""

    def sampled_at(self, x: Tensor) -> Tensor:
        brightest = x.mean(dim=(1, 3, 4)).argmax(dim=1, keepdim=True)
        return (brightest + torch.tensor(AFTER, device=x.device)).clamp(max=x.shape[2] - 1)

    def forward(self, x: Tensor) -> Tensor:
        places = self.sampled_at(x)[:, None, :, None, None]
        before = places.floor()
        share = places - before

        def take(steps: Tensor) -> Tensor:
            chosen = steps.long().clamp(max=x.shape[2] - 1)
            return x.gather(2, chosen.expand(-1, x.shape[1], -1, *x.shape[3:]))

        return (1 - share) * take(before) + share * take(before + 1)


class Uneven(nn.Module):
    """Two classes; the second's logit is the mean of what was sampled, after a module of choice. 8 frames of 8 pixels.

    `early` has a step a frame, `late` the four that were sampled.
    """

    def __init__(self, operator: nn.Module | None = None) -> None:
        super().__init__()
        self.early, self.picks = nn.Identity(), FromTheBrightest()
        self.late = nn.Sequential(operator or nn.Identity())
        self.scale = nn.Parameter(torch.ones(1))
        layers = (Layer("early", "BCTHW", 8), Layer("late", "BCTHW", 4))
        names = ("dark", "bright")
        self.card = Card(
            "uneven", "wrapped", 8, 8, 2, layers, "late", "", "none", mean=(0, 0, 0), std=(1, 1, 1), classes=names
        )

    def forward(self, x: Tensor) -> Tensor:
        lifted = x.mean(dim=1, keepdim=True).expand(-1, CHANNELS, -1, -1, -1)
        seen = self.late(self.picks(self.early(lifted))).mean(dim=(1, 2, 3, 4)) * self.scale
        return torch.stack([torch.zeros_like(seen), seen], dim=1)
