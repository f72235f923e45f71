"""Grad-CAM: from a model and a video to a folder."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

from torch import nn

from dtfviz.core.analysis.cam.faithfulness import faithfulness, runs_of
from dtfviz.core.analysis.cam.gradcam import check_method, explain, find_layer, refuse_blank
from dtfviz.core.analysis.cam.sanity import sanity
from dtfviz.core.analysis.filters.positions import extremes
from dtfviz.core.analysis.predict import predict
from dtfviz.core.analysis.targets import Aim, aim_again
from dtfviz.core.errors import OptionError, Use
from dtfviz.core.jobs.facts import run_facts, run_inputs
from dtfviz.core.jobs.fulfil import Run, fulfil
from dtfviz.core.jobs.kept import Done
from dtfviz.core.jobs.request import OnStep, Request, silent
from dtfviz.core.jobs.setup import View, reader
from dtfviz.core.media.clip import Clip, Video
from dtfviz.core.models.answers import Moment, moment_of
from dtfviz.core.models.card import card_of, stages_of
from dtfviz.core.render.cam.faithfulness.document import faithfulness_document
from dtfviz.core.render.cam.faithfulness.figure import MOST
from dtfviz.core.render.cam.files import named
from dtfviz.core.render.cam.maps import energy_over_time, middles
from dtfviz.core.render.cam.sanity.document import sanity_document
from dtfviz.core.render.drawing import CamDrawing
from dtfviz.core.render.kinds import counted
from dtfviz.core.results.cam import Cam, CamStudy, Explained, Mosaic, Target
from dtfviz.core.results.faithfulness import Faithfulness
from dtfviz.core.results.places import UNIT
from dtfviz.core.results.predictions import Guess
from dtfviz.core.store.runs import Facts

ALL = "all"  # the layer that stands for every stage


@dataclass(frozen=True)
class CamWishes:
    """What of a model's looking is asked for."""

    targets: tuple[Aim, ...] = (None,)
    layer: str | None = None
    method: str = "gradcam"
    per: str = "clip"
    seed: int = 0
    faithfulness: bool = False  # whether to test the maps
    compare: tuple[str, ...] = ()  # methods whose maps are tested beside
    sanity: bool = False  # whether to see how the maps change with the weights


def gradcam_folder(
    model: nn.Module, video: Video, views: Sequence[View], wishes: CamWishes, drawing: CamDrawing, request: Request
) -> Done[CamStudy]:
    """Maps of every target, as video, sheet and arrays, in one folder."""
    card = card_of(model)
    check_proof(wishes, len(views))
    return fulfil(
        Run(
            command="gradcam",
            stem=video.path.stem,
            inputs=run_inputs(card, video, views) | {"wishes": asdict(wishes)},
            drawing=drawing,
            compute=lambda place: study(model, video, views, wishes, request.on_step),
            facts=lambda found, files: run_facts(model, video, clips_of(found), request.command_line) | facts_of(found),
        ),
        request,
    )


def study(model: nn.Module, video: Video, views: Sequence[View], wishes: CamWishes, on_step: OnStep) -> CamStudy:
    """What the video is taken for, and the maps of what is to be explained."""
    card, total = card_of(model), len(views)
    is_by_stage = wishes.layer == ALL
    layers = [layer.name for layer in stages_of(card.layers)] if is_by_stage else [find_layer(card, wishes.layer).name]
    read = reader(video, views, card.size, on_step)
    top = predict(
        model,
        read(),
        moment=replace(moment_of(wishes.targets[0]), target=None),
        on_view=counted(on_step, "predicting", total),
    ).top
    aims = [settled(target, top[0]) for target in wishes.targets]
    found = see(model, read(), aims, layers, wishes, counted(on_step, "running", total), is_single=total == 1)
    targets = tuple(put_to_the_test(model, mosaics, wishes, on_step) for mosaics in found)
    return CamStudy(top, targets, is_by_stage, wishes.seed)


def settled(target: Aim, top: Guess) -> Moment:
    """The top class of all clips, where no other was named, so that all maps are of one."""
    moment = moment_of(target)
    return replace(moment, target=top.index) if moment.target in (None, "top") else moment


def clips_of(found: CamStudy) -> list[Clip]:
    """Those that the maps are of: the same for all targets."""
    return [tile.clip for tile in found.targets[0].layers[0].tiles]


def see(
    model: nn.Module,
    clips: Iterable[Clip],
    aims: Sequence[Aim],
    layers: Sequence[str],
    wishes: CamWishes,
    on_clip: Callable[[int], None],
    *,
    is_single: bool,
) -> list[list[Mosaic]]:
    """Maps by target and layer; an error where all of a target's are blank."""
    tiles: dict[tuple[Aim, str], list[Cam]] = {(aim, layer): [] for aim in aims for layer in layers}
    for done, clip in enumerate(clips, start=1):
        for (aim, layer), seen in tiles.items():
            cam = explain(model, clip, aim, layer, wishes.method, per=wishes.per, seed=wishes.seed)
            seen.append(cam if is_single else without_pixels(cam))
        on_clip(done)
    found = [[Mosaic(tuple(tiles[aim, layer])) for layer in layers] for aim in dict.fromkeys(aims)]
    for mosaics in found:
        refuse_blank(max(mosaics, key=lambda mosaic: mosaic.highest))
    return found


def without_pixels(cam: Cam) -> Cam:
    """Clips that cover a long video would fill the memory."""
    return replace(cam, clip=replace(cam.clip, frames=cam.clip.frames[:0]))


# --- whether a map can be believed ------------------------------------------------------------------------------------
def put_to_the_test(model: nn.Module, mosaics: Sequence[Mosaic], wishes: CamWishes, on_step: OnStep) -> Explained:
    """Maps of one target with the tests that were asked for."""
    cam = mosaics[0].one
    return Explained(
        tuple(mosaics),
        prove(model, cam, wishes, on_step) if wishes.faithfulness else None,
        sanity(model, cam, seed=wishes.seed, on_done=partial(on_step, "shuffling weights")) if wishes.sanity else None,
    )


def check_proof(wishes: CamWishes, views: int) -> None:
    """An error for maps that cannot be tested."""
    if not wishes.faithfulness and wishes.compare:
        raise OptionError("compare says which maps to test beside", hint=Use("faithfulness"))
    if (wishes.faithfulness or wishes.sanity) and (wishes.layer == ALL or views > 1):
        raise OptionError(
            f"{'faithfulness' if wishes.faithfulness else 'sanity'} tests the map of one layer and one clip",
            fact="several were asked for",
            hint="leave all layers, the whole video and three crops out",
        )
    for method in wishes.compare:
        check_method(method)
    if len({wishes.method, *wishes.compare}) > MOST:
        raise OptionError(
            f"{len({wishes.method, *wishes.compare})} methods are too many for one picture",
            fact=f"at most {MOST} can be told apart",
        )


def prove(model: nn.Module, cam: Cam, wishes: CamWishes, on_step: OnStep = silent) -> Faithfulness:
    """Deletion and insertion curves of a map, and of maps by the other methods."""
    target = aim_again(cam.target)
    others = [method for method in dict.fromkeys(wishes.compare) if method != cam.method]
    cams = [cam, *(explain(model, cam.clip, target, cam.layer, method, seed=wishes.seed) for method in others)]
    total = runs_of(len(cams))
    return faithfulness(model, cams, seed=wishes.seed, on_done=counted(on_step, "testing the map", total))


# --- the manifest -----------------------------------------------------------------------------------------------------
CAM_UNITS = {
    "raw": "(steps, rows, columns) of the layer's grid: the weighed sum of activations, in the unit of the logit; "
    "of several clips, "
    "with an axis for them in front",
    "map": "the positive part of raw",
    "score": "what is explained: the logit of the target's class, or of the first class less that of the second",
    "probability": "of the target's class; of a difference, of the first: pair holds both",
    "upsampled": "(frames, height, width) of the model's input, linear in time and space; of a single clip",
    "cells": UNIT,
    "peak": "x, y of the centre of the cell where the map, summed over steps, is highest: pixels of the source "
    "after rotation",
    "energy": "map summed over positions, at the centre of each step; where clips overlap their mean",
    "times": "seconds from the video's first frame",
    "box": "pixels of the source after rotation: left, top, width, height",
}


def facts_of(found: CamStudy) -> Facts:
    """What the manifest says of a study beside the run itself."""
    return {"seed": found.seed, "units": CAM_UNITS, "maps": maps_of(found)}


def maps_of(found: CamStudy) -> list[Facts]:
    """A map after the other, each with its files."""
    maps: list[Facts] = []
    for prefix, target in named(found):
        maps += [cam_facts(mosaic) | {"files": files_of(found, mosaic, prefix)} for mosaic in target.layers]
        tests: Facts = {}
        if target.proof is not None:
            tests["faithfulness"] = faithfulness_document(target.proof)
        if target.sanity is not None:
            tests["sanity"] = sanity_document(target.sanity)
        maps[-1] = maps[-1] | tests | {"files": [*maps[-1]["files"], *(f"{prefix}{name}.png" for name in tests)]}
    return maps


def files_of(found: CamStudy, mosaic: Mosaic, prefix: str) -> list[str]:
    """What there is of a map."""
    if found.is_by_stage:
        own = ("overlay.mp4", "sheet.png", "maps.npz") if mosaic.highest > 0 else ("maps.npz",)
        return [f"{prefix}stages.png", *(f"{prefix}{mosaic.one.layer}-{name}" for name in own)]
    return [f"{prefix}{name}" for name in ("overlay.mp4", "sheet.png", "maps.npz")]


def target_facts(target: Target) -> Facts:
    """What is explained; of time only where the model answers over time."""
    return {name: value for name, value in asdict(target).items() if name not in ("at", "pooled") or value is not None}


def cam_facts(mosaic: Mosaic) -> Facts:
    """Of one map: what it explains, and where and when it is high."""
    cam = mosaic.one
    return {
        "target": target_facts(cam.target),
        "score": mosaic.score,
        "probability": mosaic.probability,
        **({"pair": [asdict(guess) for guess in mosaic.pair]} if mosaic.pair else {}),
        "layer": cam.layer,
        "method": cam.method,
        "per": cam.per,
        "peak": extremes(max(mosaic.tiles, key=lambda tile: tile.highest))[0] if mosaic.highest > 0 else None,
        "energy": energy_over_time(mosaic),
        "cells": cam.cells.facts,
        "remarks": mosaic.remarks,
    } | ({} if cam.sampled is None else {"step_times": middles(mosaic)})
