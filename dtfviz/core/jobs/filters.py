"""Temporal filters: from models and clips to a folder."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from dtfviz.core.analysis.filters.filters import filters, where_it_looks
from dtfviz.core.analysis.filters.operators import find_operator, layers_with_operators
from dtfviz.core.analysis.filters.positions import Where
from dtfviz.core.errors import OptionError, Try
from dtfviz.core.jobs.facts import model_inputs, run_facts
from dtfviz.core.jobs.fulfil import Run, fulfil
from dtfviz.core.jobs.kept import Done
from dtfviz.core.jobs.request import Request
from dtfviz.core.jobs.setup import find_video
from dtfviz.core.learning.datasets import VIDEOS, MotionSet
from dtfviz.core.media.clip import Clip, Video
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import ClipChoice
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.models.inputs import sampling_for
from dtfviz.core.render.drawing import FilterDrawing
from dtfviz.core.render.filters.files import array_names
from dtfviz.core.render.kinds import counted
from dtfviz.core.results.cam import Cam
from dtfviz.core.results.filters import AnyFilters, Filters, FilterStudy, StaticFilters
from dtfviz.core.results.places import UNIT
from dtfviz.core.store.runs import Facts

ALL = "all"  # the layer that stands for every stage
CHECKPOINTS = (".pth", ".pt", ".ckpt", ".bin", ".tar", ".safetensors")
SHOWN = ("move-left", "rotate-cw", "zoom-in", "swing-fast")  # of the generated classes, where no video is named
UNITS = {
    "filters": "(positions, channels, bins), complex: what multiplies the spectrum",
    "kernels": "(positions, channels, lags): inverse FFT of filters, circular; lag 0 first. It drops the imaginary "
    "part of bin 0 and, for an even number of steps, of the last bin, which acts through the complex mixing alone",
    "kernel_spectra": "FFT of kernels: filters without what they drop",
    "beyond_kernel": "share of the sum of |filter|^2 over channels and bins that kernels drop",
    "effective": "filters after channel mixing, norm and alpha: a channel's answer to itself; *_energy: squares "
    "summed over input channels",
    "sensitivity": "(positions, steps out, steps in) of the channel mean, with the filter moving too",
    "activity": "kernel: steps times the sum of squared kernels, which is that of |kernel spectrum|^2 over all "
    "frequencies, negative ones too; raw: sum of |filter|^2 over channels and bins, each bin once, with what is in no "
    "kernel; effective: sum of squared effective kernels; *_dc, *_ac: of bin 0, of the others; *_fraction: AC of all; "
    "*_change: of the filter less the one of the same feature held still at its mean over steps; variances of what is "
    "fed",
    "pixel": "x, y in the source after rotation",
    "cell": "column, row of the layer's grid, from 0; cell_column and cell_row in the arrays",
    "cells": UNIT,
    "displacement": "(steps - 1, rows, columns, (x, y)) in cells",
    "frequencies_hz": "cycles per second of the video's own times; null where its frames are not in order",
}


@dataclass(frozen=True)
class Side:
    """One of the things that a picture shows beside each other."""

    title: str
    model: nn.Module
    clip: Clip
    layer: str


# --- what is shown ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Shown:
    """What stands beside each other: videos, or two layers, checkpoints or videos to compare."""

    videos: tuple[str, ...] = ()
    compare: tuple[str, str] | None = None
    is_figure: bool = False  # the paper's: several videos, or generated clips
    layer: str | None = None
    crop: str = "center"


def plan_sides(
    prepare: Callable[[str | None], nn.Module], asked: Shown, choice: ClipChoice, say: Callable[[str], None]
) -> list[Side]:
    """Every model with every clip at every layer; titles say what differs."""
    kind = kind_of(asked.compare)
    shown = check_videos(asked.compare or () if kind == "clip" else asked.videos, asked.is_figure, kind, say)
    weights: Sequence[str | None] = (asked.compare or ()) if kind == "checkpoint" else (None,)
    sides = []
    for path in weights:
        model = prepare(path)
        card = card_of(model)
        layers = (
            (asked.compare or ())
            if kind == "layer"
            else layers_with_operators(model)
            if asked.layer == ALL
            else (asked.layer,)
        )
        names = [find_operator(model, name).layer for name in layers]
        for clip in [
            read_clip(video, sampling_for(card, choice), card.size, crop=asked.crop) for video in shown
        ] or generated(card):
            parts = {
                "checkpoint": Path(path or "").name,
                "clip": clip.video.path.name if kind == "clip" or asked.is_figure else "",
            }
            for name in names:
                named = [*parts.values(), name if len(names) > 1 else ""]
                sides.append(Side(" · ".join(part for part in named if part), model, clip, name))
    return sides


def kind_of(compare: tuple[str, str] | None) -> str | None:
    """Whether two layers, checkpoints or clips are to be compared."""
    if compare is None:
        return None
    kinds = [kind_of_one(one) for one in compare]
    if len(set(kinds)) > 1:
        what = " and ".join(f"{one} (a {kind})" for one, kind in zip(compare, kinds, strict=True))
        raise OptionError(f"{what} cannot be compared", fact="compare takes two layers, two checkpoints or two videos")
    return kinds[0]


def kind_of_one(name: str) -> str:
    """Files are told by their names, there or not, so that one that is missing is not taken for a layer."""
    suffix = Path(name).suffix.lower()
    if suffix in CHECKPOINTS:
        return "checkpoint"
    return "clip" if suffix in VIDEOS or os.path.exists(name) else "layer"


def check_videos(
    videos: Sequence[str], is_figure: bool, kind: str | None, say: Callable[[str], None]
) -> Sequence[str | Video]:
    """The videos to show; an error where they are too many, or the wishes contradict each other."""
    if not is_figure and kind != "clip" and not videos:
        return [find_video(None, say)]
    if not is_figure and kind != "clip" and len(videos) > 1:
        raise OptionError(
            f"{len(videos)} videos are named",
            fact="filters shows one; figure and compare several",
            hint=Try(("dtfviz", "filters", Path(videos[0]))),
        )
    if is_figure and kind:
        raise OptionError("figure and compare are two pictures", hint="leave one of them out")
    return videos


def generated(card: Card) -> list[Clip]:
    """The first held-out clip of each class shown."""
    drawn = MotionSet(frames=card.frames, size=card.size)
    return [drawn.clip(drawn.classes.index(name)) for name in SHOWN]


# --- the folder -------------------------------------------------------------------------------------------------------
def filters_folder(
    sides: Sequence[Side], positions: Sequence[Where], drawing: FilterDrawing, request: Request
) -> Done[FilterStudy]:
    """Pictures and arrays of all sides in one folder."""
    stems = {side.clip.video.path.stem for side in sides}
    return fulfil(
        Run(
            command="filters",
            stem=stems.pop() if len(stems) == 1 else f"{len(stems)}-clips",
            inputs={"sides": [inputs_of(side) for side in sides], "positions": [repr(wish) for wish in positions]},
            drawing=drawing,
            compute=lambda place: find(sides, positions, counted(request.on_step, "filters", len(sides))),
            facts=lambda found, files: facts_of_study(found, sides, drawing, request),
        ),
        request,
    )


def inputs_of(side: Side) -> Facts:
    """What of a side the result depends on."""
    clip = side.clip
    return model_inputs(card_of(side.model)) | {
        "video": clip.video.sha256,
        "clip": (clip.indices, clip.crop),
        "layer": side.layer,
    }


def find(sides: Sequence[Side], positions: Sequence[Where], on_side: Callable[[int], None]) -> FilterStudy:
    """Filters of every side; where a model looks at a clip is asked once."""
    cams: dict[tuple[int, int], Cam] = {}
    results = []
    for done, side in enumerate(sides, start=1):
        key = id(side.model), id(side.clip)
        if key not in cams:
            cams[key] = where_it_looks(side.model, side.clip)
        results.append(filters(side.model, side.clip, positions, side.layer, cam=cams[key]))
        on_side(done)
    return FilterStudy(tuple(side.title for side in sides), tuple(results))


# --- the manifest -----------------------------------------------------------------------------------------------------
def facts_of_study(study: FilterStudy, sides: Sequence[Side], drawing: FilterDrawing, request: Request) -> Facts:
    """What the manifest says of a study."""
    clips = list({id(side.clip): side.clip for side in sides}.values())
    names = ["filters", "activity"] if study.predicted[0] else ["filters"]
    return run_facts(sides[0].model, clips[0].video, clips, request.command_line) | {
        "units": UNITS,
        "measure": drawing.measure,
        "figures": [f"{name}.{drawing.form}" for name in names],
        "filters": [
            facts_of(found, side) | {"files": [name]}
            for found, side, name in zip(study.found, sides, array_names(study), strict=True)
        ],
    }


def facts_of(found: AnyFilters, side: Side) -> Facts:
    """What the manifest says of one result."""
    facts = {
        "title": side.title,
        "model": found.model,
        "trust": found.trust,
        "sha256": card_of(side.model).weights_sha256,
        "video": str(found.clip.video.path),
        "layer": found.layer,
        "block": found.block,
        "steps": found.steps,
        "spacing_s": finite(found.spacing),
        "remarks": found.remarks,
    }
    return facts | (facts_of_predicted(found) if isinstance(found, Filters) else facts_of_static(found))


def facts_of_predicted(found: Filters) -> Facts:
    """Of filters that differ from position to position."""
    ranks = {name: found.ranks(name) for name in found.activity}
    beyond = found.beyond_kernel
    own = {} if found.sampled is None else {"step_times": found.sampled.tolist()}
    return own | {
        "frequencies_hz": all_finite(found.frequencies_hz),
        "filter_layout": found.filter_layout,
        "same_everywhere": found.same_everywhere,
        "distinct": [int(found.distinct.min()), int(found.distinct.max())],
        "grid": list(found.grid),
        "cells": found.cells.facts,
        "positions": [
            {
                "pixel": [at.x, at.y],
                "cell": [at.col, at.row],
                "box": list(at.box),
                "beyond_kernel": float(beyond[index]),
                "activity": {name: float(values[at.row, at.col]) for name, values in found.activity.items()},
                "rank": {name: ranks[name][index] for name in ranks},
            }
            for index, at in enumerate(found.positions)
        ],
    }


def facts_of_static(found: StaticFilters) -> Facts:
    """Of a kernel that is the same everywhere."""
    gain = found.effective_gain.mean(axis=0)
    return {
        "frequencies_hz": all_finite(found.frequencies_hz),
        "kind": found.kind,
        "channels": len(found.kernels),
        "lags": found.lags.tolist(),
        "gain": [float(gain[0]), float(gain[-1])],
    }


def finite(value: float) -> float | None:
    """What JSON can hold."""
    return float(value) if np.isfinite(value) else None


def all_finite(values: Any) -> list[float] | None:
    """Numbers for JSON; nothing where one of them is not finite."""
    return values.tolist() if np.isfinite(values).all() else None
