"""Receptive fields: from one model or several, and noise or a video, to a folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import nn

from dtfviz.core.analysis.cam.gradcam import find_layer
from dtfviz.core.analysis.reach.reach import receptive_field
from dtfviz.core.device import pick_device
from dtfviz.core.errors import OptionError, Use
from dtfviz.core.jobs.facts import model_facts, model_inputs, run_inputs, video_facts
from dtfviz.core.jobs.fulfil import Run, fulfil
from dtfviz.core.jobs.kept import Done
from dtfviz.core.jobs.request import OnStep, Request
from dtfviz.core.jobs.setup import ModelChoice, View, plan_views, prepare_model, reader
from dtfviz.core.media.clip import Video
from dtfviz.core.media.sampling import ClipChoice
from dtfviz.core.models.building import build_model, takes
from dtfviz.core.models.card import card_of
from dtfviz.core.models.catalogue import MODELS, Wishes
from dtfviz.core.models.families import FAMILIES, load
from dtfviz.core.render.drawing import Drawing
from dtfviz.core.render.kinds import counted
from dtfviz.core.render.reach.document import reach_document
from dtfviz.core.results.reach import Reach, ReachStudy
from dtfviz.core.store.runs import Facts, Place


@dataclass(frozen=True)
class ReachWishes:
    """Which position is looked at, and how it is measured."""

    layer: str | None = None
    step: int | None = None
    cell: tuple[int, int] | None = None  # column, row
    samples: int = 8  # clips
    seed: int = 0
    alpha: float = 1.0  # of fresh temporal operators


# --- which models -----------------------------------------------------------------------------------------------------
def prepare_models(
    names: Sequence[str | None],
    variants: Sequence[str],
    blocks: Sequence[str],
    alpha: float,
    choice: ModelChoice,
    say: Callable[[str], None],
) -> dict[str, nn.Module]:
    """By label: each of the names, or variants of one. Random weights are made worth looking at."""
    wishes = choice.wishes
    if variants or blocks:
        device = pick_device(choice.device)
        models = {
            kind: make_variant(replace(wishes, name=names[0]), kind, blocks).to(device) for kind in variants or ("dtf",)
        }
    else:
        asked = [replace(choice, wishes=replace(wishes, name=name)) for name in names]
        made = [prepare_model(one, say, looks_inside=True) for one in asked]
        models = {card_of(model).name: model for model in made}
    for label, model in models.items():
        if card_of(model).is_random:
            wake(model, alpha)
            say(f"{label} has random weights: {woken_remark(alpha)}")
    return models


def wake(model: nn.Module, alpha: float) -> None:
    """Temporal operators of random weights take part, as their family has it."""
    waker = FAMILIES[card_of(model).family].waker
    if waker:
        load(waker)(model, alpha)


def make_variant(wishes: Wishes, kind: str, blocks: Sequence[str]) -> nn.Module:
    """A model with another temporal operator, with random weights."""
    if wishes.name not in MODELS:
        raise OptionError(
            "variants are made of our own models",
            fact=f"the model is {wishes.name or 'not named'}",
            hint=Use("model", "dtf_net_r50"),
        )
    if blocks and not takes(wishes.name, "temporal_blocks"):
        raise OptionError(
            f"the blocks of {wishes.name} cannot be chosen",
            fact="those of a DTF-Net can",
            hint=Use("model", "dtf_net_r50"),
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


def woken_remark(alpha: float) -> str:
    """How random weights were made worth looking at."""
    return f"temporal operators with alpha {alpha:g}"


# --- what they see ----------------------------------------------------------------------------------------------------
def reach_folder(
    models: Mapping[str, nn.Module],
    video: Video | None,
    choice: ClipChoice,
    wishes: ReachWishes,
    drawing: Drawing,
    request: Request,
) -> Done[ReachStudy]:
    """A figure and arrays in one folder."""
    cards = {label: card_of(model) for label, model in models.items()}
    views = {
        label: plan_views(card, video, choice, clips=wishes.samples) if video else [] for label, card in cards.items()
    }
    for card in cards.values():
        find_layer(card, wishes.layer)

    def compute(place: Place) -> ReachStudy:
        return ReachStudy(
            {label: see(label, model, video, views[label], wishes, request.on_step) for label, model in models.items()}
        )

    asked = {
        label: run_inputs(card, video, views[label]) if video else model_inputs(card) for label, card in cards.items()
    }
    return fulfil(
        Run(
            command="receptive-field",
            stem=video.path.stem
            if video
            else next(iter(cards.values())).name.rpartition(":")[2],  # of package.module:factory
            inputs={"models": asked, "wishes": asdict(wishes)},
            drawing=drawing,
            compute=compute,
            facts=lambda study, files: facts_of(models, video, study, request) | {"seed": wishes.seed, "files": files},
        ),
        request,
    )


def see(
    label: str, model: nn.Module, video: Video | None, views: Sequence[View], wishes: ReachWishes, on_step: OnStep
) -> Reach:
    """What one model's position sees, of noise or of the video's clips."""
    card = card_of(model)
    reach = receptive_field(
        model,
        reader(video, views, card.size, on_step)() if video else None,
        layer=wishes.layer,
        step=wishes.step,
        cell=wishes.cell,
        samples=wishes.samples,
        seed=wishes.seed,
        on_clip=counted(on_step, f"measuring {label}", wishes.samples),
    )
    woken = (woken_remark(wishes.alpha),) if card.is_random else ()
    return replace(reach, remarks=(*reach.remarks, *woken))


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


def facts_of(models: Mapping[str, nn.Module], video: Video | None, study: ReachStudy, request: Request) -> Facts:
    """What the manifest says of a study."""
    facts = {label: model_facts(model, request.command_line) for label, model in models.items()}
    common = {key: value for key, value in next(iter(facts.values())).items() if key != "model"}
    return {
        **common,
        "video": video_facts(video) if video else None,
        "units": REACH_UNITS,
        "models": {label: {"model": facts[label]["model"]} | reach_document(one) for label, one in study.found.items()},
    }
