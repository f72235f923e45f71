"""Grad-CAM: from a model and a clip to a folder."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from dtfviz.core.analysis.gradcam import find_layer, gradcam
from dtfviz.core.analysis.predict import predict
from dtfviz.core.clip import Clip
from dtfviz.core.jobs.facts import run_facts, run_inputs
from dtfviz.core.models.card import card_of
from dtfviz.core.render.cam import write_arrays
from dtfviz.core.render.colour import choose_scale
from dtfviz.core.render.figures import cam_sheet, save_figure
from dtfviz.core.render.video import write_overlay
from dtfviz.core.results.cam import Cam
from dtfviz.core.runs import MANIFEST, find_place, writing


@dataclass(frozen=True)
class CamWishes:
    targets: tuple[int | str | tuple[int | str, int | str] | None, ...] = (None,)
    layer: str | None = None
    method: str = "gradcam"
    per: str = "clip"
    scale: str = "clip"
    opacity: float = 0.6
    seed: int = 0
    dpi: int = 200
    has_caption: bool = True


def gradcam_folder(
    model: nn.Module,
    clip: Clip,
    wishes: CamWishes,
    command_line: Sequence[str],
    *,
    out: str | None = None,
    overwrite: bool = False,
    on_frame: Callable[[int], None] | None = None,
) -> tuple[Path, bool, Mapping[str, Any]]:
    """Maps of every target, as video, sheet and arrays, in one folder: where, whether anything had to be made, and its manifest."""
    card = card_of(model)
    inputs = run_inputs(card, clip) | {"wishes": asdict(wishes)}
    place = find_place("gradcam", clip.video.path.stem, inputs, out=out, overwrite=overwrite)
    if place.is_up_to_date:
        return place.folder, False, json.loads((place.folder / MANIFEST).read_text(encoding="utf-8"))
    find_layer(card, wishes.layer)
    cams = [gradcam(model, clip, target, wishes.layer, wishes.method, per=wishes.per, seed=wishes.seed) for target in wishes.targets]
    guesses = predict(model, clip)
    manifest = run_facts(model, clip, command_line) | {"seed": wishes.seed, "units": CAM_UNITS, "maps": []}
    with writing(place, manifest) as folder:
        for cam in cams:
            prefix = "" if len(cams) == 1 else f"class-{cam.target.plus}-"
            scale = choose_scale(wishes.scale, cam.map)
            write_overlay(cam, folder / f"{prefix}overlay.mp4", scale, opacity=wishes.opacity, on_frame=on_frame)
            sheet = cam_sheet(cam, scale, guesses.top, opacity=wishes.opacity, has_caption=wishes.has_caption)
            save_figure(sheet, folder / f"{prefix}sheet.png", wishes.dpi)
            write_arrays(cam, folder / f"{prefix}maps.npz")
            manifest["maps"].append(cam_facts(cam, prefix))
    return place.folder, True, manifest


CAM_UNITS = {
    "raw": "(steps, rows, columns) of the layer's grid: the weighed sum of activations, in the unit of the logit",
    "map": "the positive part of raw",
    "upsampled": "(frames, height, width) of the model's input, linear in time and space",
    "times": "seconds from the video's first frame",
    "box": "pixels of the source after rotation: left, top, width, height",
}


def cam_facts(cam: Cam, prefix: str) -> dict[str, Any]:
    return {
        "target": asdict(cam.target),
        "score": cam.score,
        "probability": cam.probability,
        "layer": cam.layer,
        "method": cam.method,
        "per": cam.per,
        "energy": [float(value) for value in cam.energy],
        "remarks": cam.remarks,
        "files": [f"{prefix}{name}" for name in ("overlay.mp4", "sheet.png", "maps.npz")],
    }
