"""What a model is fed: the sampling its card asks for, and a clip as the tensor it takes."""

from typing import Any

import torch
from torch import Tensor, nn

from dtfviz.core.media.clip import Clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.models.card import Card, card_of


def sampling_for(card: Card, **asked: Any) -> Sampling:
    """The card's frames and stride, and whatever was asked for (None where nothing was)."""
    given = {key: value for key, value in asked.items() if value is not None}
    return Sampling(**({"frames": card.frames, "stride": card.stride} | given))


def samplings_for(card: Card, clips: int, **asked: Any) -> list[Sampling]:
    """One clip where it was asked for, or several spread over the video."""
    if clips == 1:
        return [sampling_for(card, **asked)]
    return [sampling_for(card, **(asked | {"part": (number, clips)})) for number in range(1, clips + 1)]


def as_input(clip: Clip, card: Card) -> Tensor:
    """[1, 3, F, H, W]: RGB in [0, 1], less the card's mean, over its standard deviation."""
    return normalise(torch.from_numpy(clip.frames).permute(3, 0, 1, 2).unsqueeze(0), card)


def input_of(model: nn.Module, clip: Clip) -> Tensor:
    """The clip as this model takes it, on its device."""
    return as_input(clip, card_of(model)).to(next(model.parameters()).device)


def normalise(pictures: Tensor, card: Card) -> Tensor:
    """[B, 3, F, H, W] of uint8 as the model takes them, on whatever device they are."""
    mean, std = (torch.tensor(values, device=pictures.device).view(3, 1, 1, 1) for values in (card.mean, card.std))
    return (pictures.float() / 255 - mean) / std
