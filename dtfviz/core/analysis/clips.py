"""Whatever shows a model some clips, as clips: the one way in for all analyses."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from itertools import pairwise
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

import torch
from torch import Tensor, nn

from dtfviz.core.errors import DtfvizWarning
from dtfviz.core.media.clip import Clip, Video
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.models.inputs import clip_for, clips_in

Stored = Video | str | os.PathLike[str]  # a video that a clip is read from
P = ParamSpec("P")
S_contra = TypeVar("S_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)


class Analysis(Protocol[S_contra, P, R_co]):
    """An analysis of one clip, or of a batch [B, 3, F, H, W] as the model takes it: then a result for each."""

    @overload
    def __call__(self, model: nn.Module, clip: Tensor, /, *given: P.args, **wishes: P.kwargs) -> tuple[R_co, ...]: ...
    @overload
    def __call__(self, model: nn.Module, clip: S_contra | Stored, /, *given: P.args, **wishes: P.kwargs) -> R_co: ...


def of_any_clip(analyse: Callable[Concatenate[nn.Module, S_contra, P], R_co]) -> Analysis[S_contra, P, R_co]:
    """An analysis of a clip, as one that also takes a video or a batch; whoever trains or infers may call it."""

    @wraps(analyse)
    @torch.inference_mode(False)
    def analysis(model: nn.Module, clip: Any, *given: P.args, **wishes: P.kwargs) -> R_co | tuple[R_co, ...]:
        if isinstance(clip, Tensor):
            several: Iterable[Any] = clips_in(clip, card_of(model))
            return tuple(analyse(model, one, *given, **wishes) for one in several)
        return analyse(model, clip_of(model, clip), *given, **wishes)

    return cast("Analysis[S_contra, P, R_co]", analysis)


def clips_of(model: nn.Module, shown: Clip | Stored | Tensor | Iterable[Clip]) -> Iterator[Clip]:
    """One clip, those of a batch, or several that are read as they are asked for."""
    if isinstance(shown, Tensor):
        return clips_in(shown, card_of(model))
    several = [shown] if isinstance(shown, Clip | Video | str | os.PathLike) else shown
    return (clip_of(model, clip) for clip in several)


def clip_of(model: nn.Module, shown: Any) -> Any:
    """The clip that a model is to see of a video; one that it was not made for is warned of, all else left as it is."""
    if isinstance(shown, Video | str | os.PathLike):
        return clip_for(model, shown)
    for remark in mismatches(shown, card_of(model)) if isinstance(shown, Clip) else ():
        warnings.warn(remark, DtfvizWarning, stacklevel=4)
    return shown


# --- what a reader should know ----------------------------------------------------------------------------------------
def remarks_on_clip(clip: Clip, card: Card) -> tuple[str, ...]:
    """Where a clip is not what the model is made for, and what had to be assumed of it."""
    assumed = f"a tensor says nothing of time: {clip.video.fps:g} frames a second were assumed"
    cut = f"the clip is cut at {clip.times[clip.cuts[0]]:.2f} s: the model sees two shots as one" if clip.cuts else ""
    return (*mismatches(clip, card), *filter(None, [assumed if clip.pixels is not None else "", cut]))


def mismatches(clip: Clip, card: Card) -> tuple[str, ...]:
    """The card's words that do not hold of a clip."""
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
