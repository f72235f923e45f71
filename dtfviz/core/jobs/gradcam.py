"""Grad-CAM: from a model and a video to a folder."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from torch import nn

from dtfviz.core.analysis.cam.faithfulness import faithfulness, runs_of
from dtfviz.core.analysis.cam.gradcam import Wish, check_method, find_layer, look, refuse_blank
from dtfviz.core.analysis.filters.positions import extremes
from dtfviz.core.analysis.predict import predict
from dtfviz.core.errors import OptionError
from dtfviz.core.jobs.facts import run_facts, run_inputs
from dtfviz.core.jobs.setup import OnStep, View, reader
from dtfviz.core.media.clip import Clip, Video
from dtfviz.core.models.card import card_of, stages_of
from dtfviz.core.render.cam.faithfulness import MOST, faithfulness_chart, faithfulness_document
from dtfviz.core.render.cam.maps import energy_over_time, write_arrays
from dtfviz.core.render.cam.overlay import write_overlay
from dtfviz.core.render.cam.sheet import cam_sheet, stages_sheet
from dtfviz.core.render.style.colour import choose_scale
from dtfviz.core.render.style.figures import PAGE, save_figure
from dtfviz.core.results.cam import Cam, Mosaic
from dtfviz.core.results.faithfulness import Faithfulness, MapComparison
from dtfviz.core.results.predictions import Guess
from dtfviz.core.store.runs import MANIFEST, find_place, writing

ALL = "all"  # the layer that stands for every stage


@dataclass(frozen=True)
class CamWishes:
    targets: tuple[Wish, ...] = (None,)
    layer: str | None = None
    method: str = "gradcam"
    per: str = "clip"
    scale: str = "clip"
    opacity: float = 0.6
    seed: int = 0
    faithfulness: bool = False  # whether to test the maps
    compare: tuple[str, ...] = ()  # methods whose maps are tested beside
    dpi: int = 200
    width: float = PAGE
    has_caption: bool = True


def gradcam_folder(
    model: nn.Module,
    video: Video,
    views: Sequence[View],
    wishes: CamWishes,
    command_line: Sequence[str],
    *,
    out: str | None = None,
    overwrite: bool = False,
    on_step: OnStep = lambda what, done, total: None,
) -> tuple[Path, bool, Mapping[str, Any]]:
    """Maps of every target, as video, sheet and arrays, in one folder: where, whether anything had to be made, and
    its manifest.
    """
    card = card_of(model)
    check_proof(wishes, len(views))
    inputs = run_inputs(card, video, views) | {"wishes": asdict(wishes)}
    place = find_place("gradcam", video.path.stem, inputs, out=out, overwrite=overwrite)
    if place.is_up_to_date:
        return place.folder, False, json.loads((place.folder / MANIFEST).read_text(encoding="utf-8"))
    layers = (
        [layer.name for layer in stages_of(card.layers)]
        if wishes.layer == ALL
        else [find_layer(card, wishes.layer).name]
    )
    read = reader(video, views, card.size, on_step)
    guesses = predict(model, read(), on_view=lambda done: on_step("predicting", done, len(views))).top
    aims = [guesses[0].index if target in (None, "top") else target for target in wishes.targets]
    found = see(model, read(), aims, layers, wishes, lambda done: on_step("running", done, len(views)))
    proofs = [prove(model, mosaics[0].one, wishes, on_step) if wishes.faithfulness else None for mosaics in found]
    clips = [tile.clip for tile in found[0][0].tiles]
    manifest = run_facts(model, video, clips, command_line) | {"seed": wishes.seed, "units": CAM_UNITS, "maps": []}
    with writing(place, manifest) as folder:
        for mosaics, proof in zip(found, proofs, strict=True):
            prefix = "" if len(found) == 1 else f"class-{mosaics[0].one.target.plus}-"
            write = write_stages if wishes.layer == ALL else write_maps
            manifest["maps"] += write(mosaics, guesses, wishes, folder, prefix, on_step)
            if proof is not None:
                facts = manifest["maps"][-1]
                facts["faithfulness"] = faithfulness_document(proof)
                facts["files"].append(write_proof(proof, wishes, folder, prefix))
    return place.folder, True, manifest


def see(
    model: nn.Module,
    clips: Iterable[Clip],
    aims: Sequence[Wish],
    layers: Sequence[str],
    wishes: CamWishes,
    on_clip: Callable[[int], None],
) -> list[list[Mosaic]]:
    """Maps by target and layer; an error where all of a target's are blank."""
    tiles: dict[tuple[Wish, str], list[Cam]] = {(aim, layer): [] for aim in aims for layer in layers}
    for done, clip in enumerate(clips, start=1):
        for (aim, layer), seen in tiles.items():
            seen.append(look(model, clip, aim, layer, wishes.method, per=wishes.per, seed=wishes.seed))
        on_clip(done)
    if done > 1:
        tiles = {key: [without_pixels(cam) for cam in seen] for key, seen in tiles.items()}
    found = [[Mosaic(tuple(tiles[aim, layer])) for layer in layers] for aim in dict.fromkeys(aims)]
    for mosaics in found:
        refuse_blank(max(mosaics, key=lambda mosaic: mosaic.highest))
    return found


def without_pixels(cam: Cam) -> Cam:
    """Clips that cover a long video would fill the memory."""
    return replace(cam, clip=replace(cam.clip, frames=cam.clip.frames[:0]))


# --- whether a map can be believed ------------------------------------------------------------------------------------
def check_proof(wishes: CamWishes, views: int) -> None:
    if not wishes.faithfulness and wishes.compare:
        raise OptionError("--compare says which maps to test beside", hint="--faithfulness")
    if wishes.faithfulness and (wishes.layer == ALL or views > 1):
        raise OptionError(
            "--faithfulness tests the map of one layer and one clip",
            fact="several were asked for",
            hint="leave --layer all, --whole and --crop three out",
        )
    for method in wishes.compare:
        check_method(method)
    if len({wishes.method, *wishes.compare}) > MOST:
        raise OptionError(
            f"{len({wishes.method, *wishes.compare})} methods are too many for one picture",
            fact=f"at most {MOST} can be told apart",
        )


def prove(
    model: nn.Module, cam: Cam, wishes: CamWishes, on_step: OnStep = lambda what, done, total: None
) -> Faithfulness:
    """Deletion and insertion curves of a map, and of maps by the other methods."""
    target = cam.target.plus if cam.target.minus is None else (cam.target.plus, cam.target.minus)
    others = [method for method in dict.fromkeys(wishes.compare) if method != cam.method]
    cams = [cam, *(look(model, cam.clip, target, cam.layer, method, seed=wishes.seed) for method in others)]
    total = runs_of(len(cams))
    return faithfulness(model, cams, seed=wishes.seed, on_done=lambda done: on_step("testing the map", done, total))


def write_proof(proof: Faithfulness, wishes: CamWishes, folder: Path, prefix: str) -> str:
    name = f"{prefix}faithfulness.png"
    chart = faithfulness_chart(MapComparison(proof.video, (proof,)), width=wishes.width, has_caption=wishes.has_caption)
    save_figure(chart, folder / name, wishes.dpi)
    return name


# --- files ------------------------------------------------------------------------------------------------------------
def write_maps(
    mosaics: Sequence[Mosaic], top: Sequence[Guess], wishes: CamWishes, folder: Path, prefix: str, on_step: OnStep
) -> list[dict[str, Any]]:
    """A video, a sheet and arrays of one layer."""
    (mosaic,) = mosaics
    scale, span = choose_scale(wishes.scale, mosaic.highest), len(mosaic.span)
    write_overlay(
        mosaic,
        folder / f"{prefix}overlay.mp4",
        scale,
        opacity=wishes.opacity,
        on_frame=lambda done: on_step(f"writing {prefix}overlay.mp4", done, span),
    )
    sheet = cam_sheet(mosaic, scale, top, opacity=wishes.opacity, width=wishes.width, has_caption=wishes.has_caption)
    save_figure(sheet, folder / f"{prefix}sheet.png", wishes.dpi)
    write_arrays(mosaic, folder / f"{prefix}maps.npz")
    return [cam_facts(mosaic, [f"{prefix}{name}" for name in ("overlay.mp4", "sheet.png", "maps.npz")])]


def write_stages(
    mosaics: Sequence[Mosaic], top: Sequence[Guess], wishes: CamWishes, folder: Path, prefix: str, on_step: OnStep
) -> list[dict[str, Any]]:
    """One picture of all layers, and the arrays of each."""
    scales = [choose_scale(wishes.scale, mosaic.highest) for mosaic in mosaics]
    sheet = stages_sheet(mosaics, scales, opacity=wishes.opacity, width=wishes.width, has_caption=wishes.has_caption)
    save_figure(sheet, folder / f"{prefix}stages.png", wishes.dpi)
    facts = []
    for done, mosaic in enumerate(mosaics, start=1):
        arrays = f"{prefix}{mosaic.one.layer}-maps.npz"
        write_arrays(mosaic, folder / arrays)
        facts.append(cam_facts(mosaic, [f"{prefix}stages.png", arrays]))
        on_step("writing maps", done, len(mosaics))
    return facts


CAM_UNITS = {
    "raw": "(steps, rows, columns) of the layer's grid: the weighed sum of activations, in the unit of the logit; "
    "of several clips, "
    "with an axis for them in front",
    "map": "the positive part of raw",
    "upsampled": "(frames, height, width) of the model's input, linear in time and space; of a single clip",
    "peak": "x, y of the middle of the cell where the map, summed over steps, is highest: pixels of the source "
    "after rotation",
    "energy": "map summed over positions, at the middle of each step; where clips overlap their mean",
    "times": "seconds from the video's first frame",
    "box": "pixels of the source after rotation: left, top, width, height",
}


def cam_facts(mosaic: Mosaic, files: Sequence[str]) -> dict[str, Any]:
    cam = mosaic.one
    return {
        "target": asdict(cam.target),
        "score": mosaic.score,
        "probability": mosaic.probability,
        "layer": cam.layer,
        "method": cam.method,
        "per": cam.per,
        "peak": extremes(max(mosaic.tiles, key=lambda tile: tile.highest))[0] if mosaic.highest > 0 else None,
        "energy": energy_over_time(mosaic),
        "remarks": mosaic.remarks,
        "files": list(files),
    }
