"""A net that answers over time: the brighter a frame, the more it shows its first class, the darker its second."""

import torch
from torch import Tensor, nn


class FrameWise(nn.Module):
    """Clips [B, 3, F, H, W] -> logits [B, 2, F / 2], one answer for two frames."""

    def __init__(self) -> None:
        super().__init__()
        self.eye = nn.Conv3d(3, 4, (3, 1, 1), padding=(1, 0, 0), bias=False)
        with torch.no_grad():
            self.eye.weight.zero_()
            self.eye.weight[:, :, 1] = 1 / 3  # the mean of a frame's colours
            self.eye.weight[1:, :, 0] = 0.01

    def forward(self, x: Tensor) -> Tensor:
        bright = self.eye(x)[:, 0].mean(dim=(2, 3)).unflatten(1, (-1, 2)).mean(-1)
        return torch.stack([bright, -bright], dim=1)


def model() -> nn.Module:
    return FrameWise()
