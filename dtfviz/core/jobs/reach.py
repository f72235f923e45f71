"""Receptive fields: from one model or several, and noise or a video, to a folder."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from dtfviz.core.analysis.cam.gradcam import find_layer
from dtfviz.core.analysis.reach.reach import receptive_field
from dtfviz.core.device import pick_device
from dtfviz.core.errors import OptionError
from dtfviz.core.jobs.facts import model_facts, model_inputs, run_inputs, video_facts
from dtfviz.core.jobs.setup import OnStep, plan_views, prepare_model, reader
from dtfviz.core.media.clip import Video
from dtfviz.core.models import FAMILIES, MODELS, Wishes, build_model
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.models.dtf.wake import wake
from dtfviz.core.render.reach.documents import reach_document
from dtfviz.core.render.reach.sheet import profile_chart, reach_sheet, write_arrays, write_several
from dtfviz.core.render.style.figures import PAGE, save_figure
from dtfviz.core.results.reach import Reach
from dtfviz.core.store.runs import MANIFEST, find_place, writing

COMMAND = "receptive-field"
STEM = "receptive_field"  # of its files


@dataclass(frozen=True)
class ReachWishes:
    layer: str | None = None
    step: int | None = None
    cell: tuple[int, int] | None = None  # column, row
    samples: int = 8  # clips
    seed: int = 0
    alpha: float = 1.0  # of fresh temporal operators
    suffix: str = ".png"
    dpi: int = 200
    width: float = PAGE
    has_caption: bool = True


# --- which models -----------------------------------------------------------------------------------------------------
def prepare_models(
    names: Sequence[str | None],
    variants: Sequence[str],
    blocks: Sequence[str],
    alpha: float,
    *,
    wishes: Wishes,
    say: Callable[[str], None],
    **asked: Any,
) -> dict[str, nn.Module]:
    """By label: each of the names, or variants of one. Random weights are made worth looking at."""
    if variants or blocks:
        device = pick_device(asked["device"])
        models = {
            kind: make_variant(replace(wishes, name=names[0]), kind, blocks).to(device) for kind in variants or ("dtf",)
        }
    else:
        models = {}
        for name in names:
            model = prepare_model(replace(wishes, name=name), say=say, **asked)
            models[card_of(model).name] = model
    for label, model in models.items():
        if is_random(card_of(model)):
            wake(model, alpha)
            say(f"{label} has random weights: {fresh_remark(alpha)}")
    return models


def make_variant(wishes: Wishes, kind: str, blocks: Sequence[str]) -> nn.Module:
    if wishes.name not in MODELS:
        raise OptionError(
            "variants are made of our own models",
            fact=f"the model is {wishes.name or 'not named'}",
            hint="--model dtf_net_r50",
        )
    if blocks and FAMILIES["dtf_net"] != MODELS[wishes.name].builder:
        raise OptionError(
            f"the blocks of {wishes.name} cannot be chosen", fact="those of a DTF-Net can", hint="--model dtf_net_r50"
        )
    chosen: dict[str, Any] = {"temporal_blocks": tuple(blocks)} if blocks else {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build_model(
            wishes.name,
            frames=wishes.frames,
            size=wishes.size,
            filter_layout=wishes.filter_layout,
            temporal=kind,
            **chosen,
        )


def is_random(card: Card) -> bool:
    return not card.trained and card.family in FAMILIES


def fresh_remark(alpha: float) -> str:
    return f"temporal operators with alpha {alpha:g}, batch norms calibrated on noise"


# --- what they see ----------------------------------------------------------------------------------------------------
def reach_folder(
    models: Mapping[str, nn.Module],
    video: Video | None,
    sampling: Mapping[str, Any],
    wishes: ReachWishes,
    command_line: Sequence[str],
    *,
    out: str | None = None,
    overwrite: bool = False,
    on_step: OnStep = lambda what, done, total: None,
) -> tuple[Path, bool, Mapping[str, Any]]:
    """A figure and arrays in one folder: where, whether anything had to be made, and its manifest."""
    cards = {label: card_of(model) for label, model in models.items()}
    views = {
        label: plan_views(card, video, clips=wishes.samples, **sampling) if video else []
        for label, card in cards.items()
    }
    models_inputs = {
        label: run_inputs(card, video, views[label]) if video else model_inputs(card) for label, card in cards.items()
    }
    inputs = {"models": models_inputs, "wishes": asdict(wishes)}
    for card in cards.values():
        find_layer(card, wishes.layer)
    stem = video.path.stem if video else next(iter(cards.values())).name.rpartition(":")[2]  # of package.module:factory
    place = find_place(COMMAND, stem, inputs, out=out, overwrite=overwrite)
    if place.is_up_to_date:
        return place.folder, False, json.loads((place.folder / MANIFEST).read_text(encoding="utf-8"))
    found = {}
    for label, model in models.items():
        clips = reader(video, views[label], cards[label].size, on_step)() if video else None
        tell = partial(report, on_step, label, wishes.samples)
        reach = receptive_field(
            model,
            clips,
            layer=wishes.layer,
            step=wishes.step,
            cell=wishes.cell,
            samples=wishes.samples,
            seed=wishes.seed,
            on_clip=tell,
        )
        fresh = (fresh_remark(wishes.alpha),) if is_random(cards[label]) else ()
        found[label] = replace(reach, remarks=(*reach.remarks, *fresh))
    manifest = facts_of(models, video, found, wishes, command_line)
    with writing(place, manifest) as folder:
        write(found, wishes, folder)
    return place.folder, True, manifest


def report(on_step: OnStep, label: str, total: int, done: int) -> None:
    on_step(f"measuring {label}", done, total)


def write(found: Mapping[str, Reach], wishes: ReachWishes, folder: Path) -> None:
    figure, arrays = folder / f"{STEM}{wishes.suffix}", folder / f"{STEM}.npz"
    if len(found) == 1:
        (reach,) = found.values()
        save_figure(reach_sheet(reach, width=wishes.width, has_caption=wishes.has_caption), figure, wishes.dpi)
        write_arrays(reach, arrays)
    else:
        save_figure(profile_chart(found, width=wishes.width, has_caption=wishes.has_caption), figure, wishes.dpi)
        write_several(found, arrays)


REACH_UNITS = {
    "energy": "(frames, height, width) of the model's input: squared gradients of one position's features, summed "
    "over features and "
    "colours; each clip's sum is 1",
    "error": "standard error of energy over clips",
    "profiles": "(clips, frames) energy summed over pixels; profile is its mean",
    "areas_px": "share of the energy: the fewest pixels of the model's input that hold it",
    "durations_frames": "share of the energy: the fewest frames that hold it",
    "theory": "size, stride and offset in frames and pixels of the model's input; the offset is the first "
    "position's, and negative "
    "where it begins beyond the border; where positions differ the size is the middle one's",
}


def facts_of(
    models: Mapping[str, nn.Module],
    video: Video | None,
    found: Mapping[str, Reach],
    wishes: ReachWishes,
    command_line: Sequence[str],
) -> dict[str, Any]:
    facts = {label: model_facts(model, command_line) for label, model in models.items()}
    common = {key: value for key, value in next(iter(facts.values())).items() if key != "model"}
    return {
        **common,
        "video": video_facts(video) if video else None,
        "seed": wishes.seed,
        "units": REACH_UNITS,
        "files": [f"{STEM}{wishes.suffix}", f"{STEM}.npz"],
        "models": {label: {"model": facts[label]["model"]} | reach_document(reach) for label, reach in found.items()},
    }
