"""What is done to a clip before a model learns from it: the same to all of its frames, and decided by numbers alone.

Sizes are those of the publications for crops of 224 pixels; other crops scale them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import v2

# augmentation -> the least and the most pixels of the shorter side, for a crop of 224
SHORT_SIDES: Mapping[str, tuple[int, int]] = {
    "none": (224, 224),
    "paper": (256, 340),
    "released": (340, 340),  # what a part of is then taken at random; read no larger than the paper's largest
}


@contextmanager
def drawing(*numbers: int) -> Iterator[None]:
    """Whatever torch draws inside depends on these numbers alone, and whoever draws on the CPU outside notices
    nothing.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0]) >> 1)
        yield


def short_side(augmentation: str, size: int) -> int:
    """Pixels to which the shorter side of a video is brought before it is cropped to `size`."""
    low, high = (round(size * pixels / 224) for pixels in SHORT_SIDES[augmentation])
    return int(torch.randint(low, high + 1, ()))


def augment(frames: Tensor, augmentation: str, size: int, *, flips: bool) -> Tensor:
    """[T, 3, h, w] as [T, 3, size, size], both uint8."""
    changed: Tensor = transform_for(augmentation, size, flips)(frames)
    return changed


@lru_cache(maxsize=8)
def transform_for(augmentation: str, size: int, flips: bool) -> v2.Transform:
    """torchvision's transforms draw once a call, and take the frames as a batch."""
    flip = [v2.RandomHorizontalFlip(0.5)] if flips else []
    if augmentation == "none":
        return v2.Compose([v2.CenterCrop(size), *flip])
    if augmentation == "paper":
        return v2.Compose([v2.RandomCrop(size), *flip])
    return v2.Compose(
        [
            v2.RandomResizedCrop(size, scale=(0.2, 1.0), antialias=True),
            v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
            v2.RandomGrayscale(0.2),
            v2.RandomApply(
                [v2.GaussianBlur(kernel_size=13, sigma=(0.1, 2.0))], p=0.5
            ),  # three standard deviations to each side
            *flip,
        ]
    )
