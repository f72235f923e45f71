"""Clips for a training, in order, made ahead of the model by other processes.

Clip number n of a training depends on its seed and n alone: never on which process makes it, or on what was made
before. So a training can go on anywhere, with any number of workers and processes.
"""

import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from dtfviz.core.errors import VideoError
from dtfviz.core.learning.augment import augment, drawing, short_side
from dtfviz.core.learning.datasets import VideoSet, training_seed
from dtfviz.core.learning.recipes import Recipe
from dtfviz.core.media.clip import Video
from dtfviz.core.media.motion import draw_motion
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.media.video import open_video
from dtfviz.core.models.card import Card


class Sample(NamedTuple):
    """One clip; no frames where no video of the set can be read."""

    frames: Tensor | None  # [3, F, H, W] uint8
    label: int
    mask: Tensor | None = None  # [F, H, W] where the object is, which only generated motion knows
    broken: tuple[tuple[str, str], ...] = ()  # videos that came before it and cannot be read, and why


class Batch(NamedTuple):
    """What one step of a training sees."""

    frames: Tensor | None  # [B, 3, F, H, W] uint8
    labels: Tensor  # [B]
    masks: Tensor | None  # [B, F, H, W]
    broken: tuple[tuple[str, str], ...]


class MotionStream(Dataset[Sample]):
    """Generated clips without end, as difficult as the recipe's curriculum says."""

    def __init__(self, recipe: Recipe, card: Card, seed: int, steps: int) -> None:
        self.recipe, self.frames, self.size, self.seed, self.steps = recipe, card.frames, card.size, seed, steps

    def difficulty(self, number: int) -> float:
        shares, values = zip(*self.recipe.curriculum, strict=True)
        return float(np.interp(number // self.recipe.batch / self.steps, shares, values))

    def __getitem__(self, number: int) -> Sample:
        seed = training_seed(self.seed, number)
        motion = draw_motion(
            None,
            seed,
            difficulty=self.difficulty(number),
            frames=self.frames,
            size=self.size,
            decoys=self.recipe.decoys,
        )
        return Sample(torch.from_numpy(motion.frames).permute(3, 0, 1, 2), motion.label, torch.from_numpy(motion.mask))


class VideoStream(Dataset[Sample]):
    """The videos of a set, epoch after epoch, each epoch in an order of its own; a batch may end one and begin the
    next.
    """

    def __init__(self, recipe: Recipe, card: Card, seed: int, data: VideoSet) -> None:
        self.recipe, self.card, self.seed, self.data = recipe, card, seed, data

    def __getitem__(self, number: int) -> Sample:
        """The video whose turn it is; where that cannot be read, the next one that can."""
        epoch, position = divmod(number, len(self.data))
        order = order_of(self.seed, epoch, len(self.data))
        broken: list[tuple[str, str]] = []
        for tried in range(len(self.data)):
            index = int(order[(position + tried) % len(order)])
            try:
                return Sample(self.read(index, number), self.data.label(index), broken=tuple(broken))
            except VideoError as error:
                broken.append((self.data.name(index), error.message))
        return Sample(None, -1, broken=tuple(broken))

    def read(self, index: int, number: int) -> Tensor:
        """A clip from anywhere in the video, beginning again where that is too short."""
        video, recipe, card = opened(str(self.data.path(index))), self.recipe, self.card
        with drawing(self.seed, number):
            last = max(0, len(video) - card.frames * card.stride)
            sampling = Sampling(card.frames, card.stride, start_frame=int(torch.randint(last + 1, ())), loop=True)
            clip = read_clip(video, sampling, short_side(recipe.augmentation, card.size), crop="full")
            frames = torch.from_numpy(clip.frames).permute(0, 3, 1, 2)
            return augment(frames, recipe.augmentation, card.size, flips=recipe.flips).transpose(0, 1)


@lru_cache(maxsize=2)
def order_of(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    """A pass over all items, drawn from the seed."""
    return np.random.default_rng([seed, epoch]).permutation(count)


@lru_cache(maxsize=4096)
def opened(path: str) -> Video:
    """What is known of a video without its pictures does not change from epoch to epoch."""
    return open_video(path)


@dataclass(frozen=True)
class Share:
    """Which clips of every step are this process's: the rank-th of `ranks` equal parts."""

    rank: int = 0
    ranks: int = 1


class Turns(Sampler[list[int]]):
    """The numbers of the clips of every step from `first` on."""

    def __init__(self, first: int, steps: int, batch: int, share: Share) -> None:
        self.first, self.steps, self.batch, self.share = first, steps, batch, share

    def __iter__(self) -> Iterator[list[int]]:
        count = self.batch // self.share.ranks
        for step in range(self.first, self.steps):
            begin = step * self.batch + self.share.rank * count
            yield list(range(begin, begin + count))

    def __len__(self) -> int:
        return self.steps - self.first


def collate(samples: list[Sample]) -> Batch:
    """Samples side by side."""
    labels = torch.tensor([sample.label for sample in samples])
    broken = tuple(dict.fromkeys(pair for sample in samples for pair in sample.broken))
    frames = [sample.frames for sample in samples if sample.frames is not None]
    masks = [sample.mask for sample in samples if sample.mask is not None]
    return Batch(
        torch.stack(frames) if len(frames) == len(samples) else None,
        labels,
        torch.stack(masks) if masks else None,
        broken,
    )


def begin_worker(number: int) -> None:
    """What asks to stop is for the main process, which stops its workers; OpenCV's threads do not survive a fork."""
    for asks_to_stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(asks_to_stop, signal.SIG_IGN)
    cv2.setNumThreads(0)


def feed(
    stream: Dataset[Any],
    turns: Iterable[list[int]],
    *,
    workers: int,
    pin: bool = False,
    collate: Callable[[list[Any]], Any] = collate,
) -> DataLoader[Any]:
    """A batch a turn. The generator is the loader's own, so that loading draws nothing from what drop-out draws
    from.
    """
    return DataLoader(
        stream,
        batch_sampler=turns,
        num_workers=workers,
        collate_fn=collate,
        worker_init_fn=begin_worker,
        pin_memory=pin,
        generator=torch.Generator(),
    )
