"""What commands share: from what was typed to a model on its device and the clips it is to see."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import nn

from dtfviz import __version__
from dtfviz.core.analysis.gradcam import find_layer, gradcam
from dtfviz.core.analysis.predict import predict
from dtfviz.core.clip import Clip, read_clip, reorder
from dtfviz.core.errors import DeviceError
from dtfviz.core.models import Wishes, load_with_report
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.models.inputs import sampling_for
from dtfviz.core.ops import kernel_for
from dtfviz.core.render.cam import write_arrays
from dtfviz.core.render.colour import choose_scale
from dtfviz.core.render.figures import cam_sheet, save_figure
from dtfviz.core.render.video import write_overlay
from dtfviz.core.results.cam import Cam
from dtfviz.core.runs import MANIFEST, find_place, writing
from dtfviz.core.video import Video

DEFAULT_MODEL = "dtf_net_r50"
VIEWS_OF_CROPS = {1: ("center",), 3: ("left", "center", "right")}


def pick_device(wanted: str) -> torch.device:
    """`auto` is the GPU where there is one."""
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise DeviceError(f"no device is called {wanted!r}", fact=str(error).splitlines()[0], hint="--device auto") from error
    if device.type == "cuda" and not (torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()):
        raise DeviceError(f"{wanted} is not there", fact=f"torch sees {torch.cuda.device_count()} CUDA devices", hint="--device cpu")
    return device


def prepare_model(
    wishes: Wishes,
    *,
    checkpoint: str | PathLike[str] | None = None,
    partial: bool = False,
    labels: str | None = None,
    device: str = "auto",
    say: Callable[[str], None],
) -> nn.Module:
    """The model that was asked for, in evaluation mode on its device; `say` hears what had to be assumed."""
    chosen = pick_device(device)
    if checkpoint is None and wishes.name is None:
        wishes = Wishes(DEFAULT_MODEL, wishes.frames, wishes.size, wishes.num_classes, wishes.filter_layout)
    model, report = load_with_report(wishes, checkpoint=checkpoint, partial=partial, labels=labels)
    card = card_of(model)
    if card.trust != "trained":
        say(f"{card.name} is {card.trust}: what it shows says nothing about a video")
    for remark in report.remarks if report else ():
        say(remark)
    return model.to(chosen).eval()


def read_views(
    card: Card, video: Video, *, clips: int = 1, crops: Sequence[str] = ("center",), order: str = "normal", seed: int = 0, **asked: Any
) -> Iterator[Clip]:
    """Clips times crops of a video, one at a time, their frames in the order that was asked for."""
    parts = [asked.pop("part", None)] if clips == 1 else [(number, clips) for number in range(1, clips + 1)]
    for part in parts:
        sampling = sampling_for(card, **(asked | {"part": part}))
        for crop in crops:
            yield reorder(read_clip(video, sampling, card.size, crop=crop), order, seed)


# --- Grad-CAM: from a model and a clip to a folder --------------------------------------------------------------------
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


# --- what every run depends on, and what its manifest says ------------------------------------------------------------
def run_inputs(card: Card, clip: Clip) -> dict[str, Any]:
    return {
        "version": __version__,
        "model": card.name,
        "arguments": dict(card.arguments),
        "size": card.size,
        "weights": card.weights_sha256,
        "classes": card.classes,
        "video": clip.video.sha256,
        "indices": clip.indices,
        "crop": clip.crop,
    }


def run_facts(model: nn.Module, clip: Clip, command_line: Sequence[str]) -> dict[str, Any]:
    card, device = card_of(model), next(model.parameters()).device
    return {
        "command": ["dtfviz", *command_line],
        "versions": {"dtfviz": __version__, **{name: version(name) for name in ("torch", "numpy", "av", "matplotlib")}},
        "device": str(device),
        "kernel": kernel_for(device),
        "model": {"name": card.name, "trust": card.trust, "filter_layout": card.filter_layout, "sha256": card.weights_sha256},
        "video": {"path": str(clip.video.path), "sha256": clip.video.sha256, "rotation": clip.video.rotation},
        "clip": {"indices": clip.indices, "times": clip.times, "crop": clip.crop, "box": list(asdict(clip.box).values())},
    }
