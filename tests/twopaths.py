"""A small net of two pathways, as SlowFast has: a slow one of few frames, a fast one of all, joined on the way."""

import torch
from torch import Tensor, nn


class TwoPaths(nn.Module):
    """[[B, 3, F / 4, H, W], [B, 3, F, H, W]] -> logits [B, 3]"""

    def __init__(self) -> None:
        super().__init__()
        self.slow, self.fast = (nn.Conv3d(3, width, 3, padding=1, stride=(1, 2, 2)) for width in (6, 2))
        self.join = nn.Conv3d(2, 2, (5, 1, 1), stride=(4, 1, 1), padding=(2, 0, 0))
        self.slow2, self.fast2 = nn.Conv3d(8, 6, 3, padding=1), nn.Conv3d(2, 2, 3, padding=1)
        self.fc = nn.Linear(8, 3)

    def forward(self, paths: list[Tensor]) -> Tensor:
        few, all_frames = paths
        slow, fast = self.slow(few).relu(), self.fast(all_frames).relu()
        slow = self.slow2(torch.cat([slow, self.join(fast)], dim=1)).relu()
        fast = self.fast2(fast).relu()
        return self.fc(torch.cat([slow.mean(dim=(2, 3, 4)), fast.mean(dim=(2, 3, 4))], dim=1))


def paths(clips: Tensor) -> list[Tensor]:
    """Every fourth frame, and all."""
    return [clips[:, :, ::4], clips]


def model() -> nn.Module:
    return TwoPaths()
