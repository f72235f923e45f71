"""(model, clip) -> what the temporal filter lets through at chosen positions, and how active it is at all of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dtfviz.core.analysis.cam.gradcam import explain, refuse_blank
from dtfviz.core.analysis.clips import of_any_clip, remarks_on_clip
from dtfviz.core.analysis.filters.activity import MEASURES, Seen, displacement, observe
from dtfviz.core.analysis.filters.operators import find_operator
from dtfviz.core.analysis.filters.positions import AUTO, Spot, Where, extremes, locate
from dtfviz.core.analysis.filters.responses import effective, sensitivity
from dtfviz.core.analysis.filters.spacing import step_spacing
from dtfviz.core.analysis.filters.static import static_filters
from dtfviz.core.analysis.reach.centres import cells_fed, steps_of
from dtfviz.core.choices import RELEASED
from dtfviz.core.media.clip import Clip
from dtfviz.core.models.borrow.steps import watch_sampling
from dtfviz.core.models.card import Card, card_of, stages_of
from dtfviz.core.models.inputs import input_of
from dtfviz.core.models.seams import SpectralFilters
from dtfviz.core.ops import implementation_for
from dtfviz.core.results.cam import Cam
from dtfviz.core.results.filters import Filters, Position, StaticFilters

NOISE = 2.0  # times the variance of the quiet quarter of a picture: more is motion
GREY_LEVEL = 1 / 255 / 0.225  # in the usual unit of what a model is fed


@of_any_clip
def filters(
    model: nn.Module,
    clip: Clip,
    positions: Sequence[Where] | None = None,
    layer: str | None = None,
    *,
    cam: Cam | None = None,
) -> Filters | StaticFilters:
    """The filters of a layer's last DTF block at positions: (x, y) in source pixels, a `Share` of the frame, or a
    `Cell`.

    "auto", which is also what no positions mean, stands for the peak and the trough of `cam`, or of the top class's
    Grad-CAM. A layer whose temporal operator is a convolution or a shift has one filter for all positions.
    """
    card, operator = card_of(model), find_operator(model, layer)
    if not isinstance(operator.module, SpectralFilters):
        return static_filters(model, clip, operator, cam)
    wishes = positions or (AUTO,)
    if AUTO in wishes:
        cam = refuse_blank(cam or where_it_looks(model, clip))
    with watch_sampling(model, operator.path) as fed:
        seen = observe(model, input_of(model, clip), [operator.path])[operator.path]
    cells = cells_fed(model, clip, operator.path, tuple(seen.x.shape[2:]))
    seen = replace(seen, cells=cells)
    named = [(spot, is_cold) for wish in wishes for spot, is_cold in spots_of(wish, cam)]
    places = tuple(locate(clip, cells, spot) for spot, _ in named)
    sampled = steps_of(model, clip, fed, operator.module.steps)
    spacing, remarks = step_spacing(clip, cells, sampled)
    found = measure(seen) | respond_at(seen, places)
    remarks = (*remarks, *remarks_on(seen.block), *remarks_on_places(places), *remarks_on_clip(clip, card))
    if AUTO in wishes and cam is not None:
        cold = [place for place, (_, is_cold) in zip(places, named, strict=True) if is_cold]
        remarks += remarks_on_auto(cam, card, cold, found["activity"]["pixel_variance"])
    return Filters(
        clip=clip,
        model=card.name,
        trust=card.trust,
        layer=operator.layer,
        block=operator.path,
        filter_layout=seen.block.filter_layout,
        same_everywhere=not seen.block.predicts,
        spacing=spacing,
        positions=places,
        cam=cam,
        implementation=implementation_for(seen.x.device),
        remarks=remarks,
        sampled=sampled,
        placed=cells,
        **found,
    )


def where_it_looks(model: nn.Module, clip: Clip) -> Cam:
    """The top class's Grad-CAM at the card's layer; where that is blank, at the last stage, next to what decides."""
    cam, last = explain(model, clip, None, None, "gradcam"), stages_of(card_of(model).layers)[-1].name
    return cam if cam.highest > 0 else explain(model, clip, None, last, "gradcam")


def spots_of(wish: Where, cam: Cam | None) -> list[tuple[Spot, bool]]:
    """Where a wish is, and whether it is because the model looks away from there."""
    if wish != AUTO:
        return [(wish, False)]
    return [] if cam is None else list(zip(extremes(cam), (False, True), strict=True))


def measure(seen: Seen) -> dict[str, Any]:
    """What is known of every position."""
    moves = displacement(seen)
    activity = {name: to_array(of(seen)) for name, of in MEASURES.items()}
    return {"activity": activity, "displacement": None if moves is None else to_array(moves)}


def respond_at(seen: Seen, places: Sequence[Position]) -> dict[str, NDArray[Any]]:
    """The filter at each position and what follows from it."""
    raw = [seen.filter[:, :, place.row, place.col] for place in places]
    responses = [effective(seen.block, filter) for filter in raw]
    moving = [sensitivity(seen.block, seen.x, (place.row, place.col)) for place in places]
    return {
        "filters": to_array(torch.stack(raw)),
        "effective": to_array(torch.stack([response.diagonal for response in responses])),
        "effective_energy": to_array(torch.stack([response.energy for response in responses])),
        "effective_kernel_energy": to_array(torch.stack([response.kernel_energy for response in responses])),
        "sensitivity": to_array(torch.stack(moving)),
        "distinct": count_distinct(to_array(torch.stack(raw))),
    }


def to_array(values: Tensor) -> NDArray[Any]:
    """A copy, so that a result keeps nothing else alive."""
    return np.array(values.cpu().numpy())


def count_distinct(filters: NDArray[Any]) -> NDArray[np.int64]:
    """(P, C, F) -> (C,): how many numbers the real and imaginary parts of a channel's bins hold, at the richest
    position.
    """
    parts = np.sort(np.concatenate([filters.real, filters.imag], axis=-1), axis=-1)
    return np.asarray(1 + (np.diff(parts, axis=-1) != 0).sum(axis=-1).max(axis=0), np.int64)


# --- what a reader should know ----------------------------------------------------------------------------------------
def remarks_on(block: SpectralFilters) -> tuple[str, ...]:
    """What a reader should know of a block."""
    remarks = []
    if not block.predicts:
        remarks.append("one learnt filter: the same at every position and for every clip")
    elif block.filter_layout == RELEASED:
        remarks.append(
            "the released layout gives a channel one or two values for all bins: its raw filter is nearly flat by "
            "construction"
        )
    if not bool(block.mixing().any()):
        remarks.append("alpha is zero: the block adds nothing, whatever its filter")
    return tuple(remarks)


def remarks_on_places(places: Sequence[Position]) -> tuple[str, ...]:
    """What a reader should know of the positions."""
    cells = {(place.row, place.col) for place in places}
    return ("several positions lie in one cell and share its filter",) if len(cells) < len(places) else ()


def remarks_on_auto(cam: Cam, card: Card, cold: Sequence[Position], variance: NDArray[Any]) -> tuple[str, ...]:
    """What a reader should know of positions that a map chose."""
    elsewhere = () if cam.layer == card.default_layer else (f"positions are read off Grad-CAM at {cam.layer}",)
    return (*elsewhere, *(remark for place in cold for remark in remarks_on_cold(place, variance)))


def remarks_on_cold(cold: Position, variance: NDArray[Any]) -> tuple[str, ...]:
    """Grad-CAM's trough is where the model does not look, which need not be where nothing moves.

    Noise moves too, in all cells alike: what varies little more than a still quarter of the picture is still.
    """
    here, quiet = float(variance[cold.row, cold.col]), float(np.quantile(variance, 0.25))
    if here <= max(NOISE * quiet, GREY_LEVEL**2):
        return ()
    stiller = float((variance < here).mean())
    return (f"the cold position is not still: its pixels vary more than those of {stiller:.0%} of the cells",)
