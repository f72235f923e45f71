"""What a model is fed: the sampling its card asks for, and a clip as the tensor it takes."""

import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from dtfviz.core.errors import OptionError
from dtfviz.core.media.clip import Box, Clip, Video
from dtfviz.core.media.folder import FOLDER_FPS
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import CENTRED, ClipChoice, Sampling
from dtfviz.core.models.card import Card, card_of


def sampling_for(card: Card, choice: ClipChoice = CENTRED) -> Sampling:
    """The card's frames, and its stride unless another was asked for."""
    asked = {name: value for name, value in asdict(choice).items() if value is not None}
    return Sampling(**({"frames": card.frames, "stride": card.stride} | asked))


def samplings_for(card: Card, clips: int, choice: ClipChoice = CENTRED) -> list[Sampling]:
    """One clip where it was asked for, or several spread over the video."""
    if clips == 1:
        return [sampling_for(card, choice)]
    return [sampling_for(card, replace(choice, part=(number, clips))) for number in range(1, clips + 1)]


def clip_for(
    model: nn.Module,
    source: str | os.PathLike[str] | Video,
    *,
    start: float | None = None,
    stride: int | None = None,
    fps: float | None = None,
    crop: str = "center",
    loop: bool = False,
) -> Clip:
    """A clip of a video as the model is made for it: its frames, stride and size, from the middle unless `start` says
    at which second it begins.
    """
    card = card_of(model)
    sampling = sampling_for(card, ClipChoice(stride, fps, start, loop=loop))
    return read_clip(source, sampling, card.size, crop=crop)


def clips_in(batch: Tensor, card: Card) -> Iterator[Clip]:
    """The clips of a batch [B, 3, F, H, W] that is ready for the model."""
    if batch.dim() != 5 or batch.shape[1] != 3:
        raise OptionError(
            f"a tensor of {tuple(batch.shape)} is no batch of clips",
            fact="clips are [B, 3, frames, height, width], normalised as the model takes them",
            hint="one clip is a batch of one: clip.unsqueeze(0)",
        )
    return (clip_in(x, number, card) for number, x in enumerate(batch.detach()))


def clip_in(x: Tensor, number: int, card: Card) -> Clip:
    """One of a batch, with what it is fed and pictures of that; a tensor says nothing of time."""
    exact = x.double() if x.dtype == torch.float64 else x.float()
    pixels = exact.permute(1, 2, 3, 0).cpu().numpy()
    frames = np.clip((pixels * np.array(card.std) + np.array(card.mean)) * 255, 0, 255).round().astype(np.uint8)
    indices = tuple(range(0, len(frames) * card.stride, card.stride))
    times = tuple(frame / FOLDER_FPS for frame in range(indices[-1] + 1))
    height, width = frames.shape[1:3]
    video = Video(Path(f"tensor[{number}]"), "", "tensor", width, height, 0, FOLDER_FPS, times)
    shown = tuple(times[index] for index in indices)
    return Clip(video, frames, indices, shown, Box(0, 0, width, height), "full", pixels)


def as_input(clip: Clip, card: Card) -> Tensor:
    """[1, 3, F, H, W]: RGB in [0, 1], less the card's mean, over its standard deviation; or what came so already."""
    if clip.pixels is not None:
        return torch.from_numpy(clip.pixels).permute(3, 0, 1, 2).unsqueeze(0)
    return normalise(torch.from_numpy(clip.frames).permute(3, 0, 1, 2).unsqueeze(0), card)


def input_of(model: nn.Module, clip: Clip) -> Tensor:
    """The clip as this model takes it, on its device."""
    return as_input(clip, card_of(model)).to(device_of(model))


def weight_of(model: nn.Module) -> Tensor:
    """A floating-point weight of a model, whose device and type its input takes; a new one where it has none."""
    held = (value for values in (model.parameters(), model.buffers()) for value in values)
    return next((value for value in held if value.is_floating_point()), torch.empty(0))


def device_of(model: nn.Module) -> torch.device:
    """Where a model is."""
    return weight_of(model).device


def normalise(pictures: Tensor, card: Card) -> Tensor:
    """[B, 3, F, H, W] of uint8 as the model takes them, on whatever device they are."""
    mean, std = (torch.tensor(values, device=pictures.device).view(3, 1, 1, 1) for values in (card.mean, card.std))
    return (pictures.float() / 255 - mean) / std
