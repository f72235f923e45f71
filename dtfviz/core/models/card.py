"""What is known of a model: the record that every analysis, picture and manifest reads instead of guessing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isqrt
from typing import TYPE_CHECKING

from dtfviz.core.choices import MOTIONS
from dtfviz.core.errors import ModelError, OptionError, Use
from dtfviz.core.models.answers import ONCE, Answer

WRAPPED = "wrapped"  # the family of what is not ours
ONLY_MOTION = f"{len(MOTIONS)} generated motions, which are all that this model knows"
MOST_PIXELS = 1 << 26  # of all frames of a clip: 64 of 1024 x 1024
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Layer:
    """A module whose output an analysis can take, and how that output becomes (B, C, T, H, W)."""

    name: str  # the module's path
    layout: str  # one of models.layouts.LAYOUTS
    steps: int  # T
    temporal: str | None = None  # path of the temporal operator inside it
    grid: tuple[int, int] | None = None  # rows and columns of tokens, where they are not a square


@dataclass(frozen=True)
class Card:
    """All that analyses know of a model."""

    name: str
    family: str  # one of FAMILIES, or WRAPPED
    frames: int  # of a clip
    size: int  # height and width of a clip, in pixels
    num_classes: int
    layers: tuple[Layer, ...]
    default_layer: str
    temporal: str  # the operator, one of models.temporal.TEMPORAL; nothing for a wrapped model
    filter_layout: str
    filter_layer: str = ""  # the default of what looks at filters, where that is another
    stride: int = 1  # video frames from one clip frame to the next
    mean: tuple[float, ...] = IMAGENET_MEAN  # of RGB in [0, 1]
    std: tuple[float, ...] = IMAGENET_STD
    classes: tuple[str, ...] | None = None  # names, where they are known
    classes_note: str = ""  # what must be said of the names
    trained: bool = False
    untrained: tuple[str, ...] = ()  # parameters left at their initial values though the rest was loaded
    weights_sha256: str | None = None
    taught_evenly: bool = False  # whether its training told every cell what is in its even share of the frame
    answer: Answer = ONCE
    folded: bool = False  # whether constants are multiplied out: the same answers, faster
    assumed: tuple[str, ...] = ()  # what had to be guessed of it
    arguments: Mapping[str, object] = field(default_factory=dict)  # what the builder was called with

    @property
    def is_wrapped(self) -> bool:
        """Whether it is someone else's."""
        return self.family == WRAPPED

    @property
    def is_random(self) -> bool:
        """Whether it is ours and has nothing but its initial weights."""
        return not self.trained and not self.is_wrapped

    @property
    def trust(self) -> str:
        """The word that every picture carries."""
        if not self.trained:
            return "UNTRAINED"
        return f"PARTLY UNTRAINED ({len(self.untrained)} tensors)" if self.untrained else "trained"

    @property
    def note(self) -> str:
        """What must be said of the names of the classes wherever they stand."""
        return self.classes_note or (ONLY_MOTION if self.classes == MOTIONS else "")

    def layer(self, name: str) -> Layer:
        return next(layer for layer in self.layers if layer.name == name)


def stages_of(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Those that lie in no other, from the first to the last."""
    names = {layer.name for layer in layers}

    def lies_in_another(name: str) -> bool:
        return "." in name and ((parent := name.rpartition(".")[0]) in names or lies_in_another(parent))

    return tuple(layer for layer in layers if not lies_in_another(layer.name))


def check_extent(frames: int, size: int) -> None:
    """An error for clips that nobody could hold."""
    if frames * size**2 > MOST_PIXELS:
        side = isqrt(MOST_PIXELS // frames)
        raise OptionError(
            f"{frames} frames of {size} x {size} pixels are too many for a clip",
            fact=f"at most {MOST_PIXELS:,} pixels in all, as {frames} frames of {side} x {side} have",
            hint=Use("size", side),
        )


def card_of(model: nn.Module) -> Card:
    """The card that a model carries."""
    card = getattr(model, "card", None)
    if not isinstance(card, Card):
        raise ModelError(
            f"a {type(model).__name__} carries no card, so nothing is known of its clips and layers",
            hint="dtfviz.load_model(...)",
        )
    return card


def give_card(model: nn.Module, card: Card) -> None:
    """A module takes any attribute; this is the one place that uses it."""
    model.card = card  # type: ignore[assignment]
