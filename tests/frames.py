"""A net that sees one frame of a clip, and a clip whose frames are known: numbers of theirs can be worked out by
hand.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from dtfviz.core.media.clip import Box, Clip, Video
from dtfviz.core.models.card import Card, Layer


class OneFrame(nn.Module):
    """Two classes; the second's logit is the brightness of one frame (of all of them, where it is None), the first's
    is 0.
    """

    def __init__(self, which: int | None, frames: int = 4) -> None:
        super().__init__()
        self.which, self.scale, self.eye = which, nn.Parameter(torch.ones(1)), nn.Identity()
        layers = (Layer("eye", "BCTHW", frames),)
        names = ("dark", "bright")
        self.card = Card(
            "one", "wrapped", frames, 8, 2, layers, "eye", "", "none", mean=(0, 0, 0), std=(1, 1, 1), classes=names
        )

    def forward(self, x: Tensor) -> Tensor:
        frames = self.eye(x).mean(dim=(1, 3, 4)) * self.scale
        seen = frames.mean(dim=1) if self.which is None else frames[:, self.which]
        return torch.stack([torch.zeros_like(seen), seen], dim=1)


def grey_clip(*values: int, size: int = 8) -> Clip:
    """Frames of one grey each."""
    frames = np.stack([np.full((size, size, 3), value, np.uint8) for value in values])
    times = tuple(number / 25 for number in range(len(values)))
    video = Video(Path("grey.mp4"), "0" * 64, "generated", size, size, 0, 25.0, times)
    return Clip(video, frames, tuple(range(len(values))), times, Box(0, 0, size, size), "full")
