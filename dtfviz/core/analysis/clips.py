"""Whatever shows a model some clips, as clips: the one way in for all analyses."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from itertools import pairwise
from typing import Concatenate, ParamSpec, TypeVar

from torch import nn

from dtfviz.core.errors import DtfvizWarning
from dtfviz.core.media.clip import Clip, Video
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.models.inputs import clip_for

Shown = Clip | Video | str | os.PathLike[str]
P = ParamSpec("P")
R = TypeVar("R")


def of_any_clip(
    analyse: Callable[Concatenate[nn.Module, Clip, P], R],
) -> Callable[Concatenate[nn.Module, Shown, P], R]:
    """An analysis of a clip, as one that reads the clip itself where it is given a video."""

    @wraps(analyse)
    def analysis(model: nn.Module, clip: Shown, *arguments: P.args, **wishes: P.kwargs) -> R:
        return analyse(model, clip_of(model, clip), *arguments, **wishes)

    return analysis  # type: ignore[return-value]  # its first two arguments have names


def clips_of(model: nn.Module, shown: Shown | Iterable[Clip]) -> Iterator[Clip]:
    """One clip, or several that are read as they are asked for."""
    for clip in [shown] if isinstance(shown, Clip | Video | str | os.PathLike) else shown:
        yield clip_of(model, clip)


def clip_of(model: nn.Module, shown: Shown) -> Clip:
    """The clip that a model is to see of a video; one that it was not made for is warned of."""
    if not isinstance(shown, Clip):
        return clip_for(model, shown)
    for remark in remarks_on_clip(shown, card_of(model)):
        warnings.warn(remark, DtfvizWarning, stacklevel=3)
    return shown


def remarks_on_clip(clip: Clip, card: Card) -> tuple[str, ...]:
    """Where a clip is not what the model is made for."""
    pairs = {"stride": (stride_of(clip), card.stride), "size": (size_of(clip), card.size)}
    return tuple(
        f"the clip has {what} {found}, {card.name} is made for {needed}"
        for what, (found, needed) in pairs.items()
        if found not in (None, needed)
    )


def stride_of(clip: Clip) -> int | None:
    """Video frames from one of its frames to the next, in either direction; None where that is no one number."""
    apart = {abs(after - before) for before, after in pairwise(clip.indices)}
    return apart.pop() if len(apart) == 1 and 0 not in apart else None


def size_of(clip: Clip) -> int | None:
    """The shorter side in pixels; None where no frames are kept."""
    return min(clip.frames.shape[1:3]) if len(clip.frames) else None
