"""From what was asked for to a training that can begin: data, recipe and a fresh model that fit each other."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from dtfviz import __version__
from dtfviz.core.errors import OptionError, Use
from dtfviz.core.learning.datasets import VideoSet, generator_facts, read_set
from dtfviz.core.learning.feed import MotionStream, VideoStream
from dtfviz.core.learning.recipes import DIRECTED, Recipe, count_steps, facts_of, find_recipe, settle
from dtfviz.core.learning.wishes import MOTION, TrainWishes
from dtfviz.core.media.motion import CLASSES, draw_motion
from dtfviz.core.models.building import build_model
from dtfviz.core.models.card import card_of, give_card
from dtfviz.core.models.catalogue import MODELS, resolve
from dtfviz.core.models.families import FAMILIES
from dtfviz.core.models.loading.labels import with_labels
from dtfviz.core.models.loading.load import initialise
from dtfviz.core.store.checkpoint import read_checkpoint
from dtfviz.core.store.runs import Facts


@dataclass(frozen=True)
class Plan:
    """What the wishes come to."""

    wishes: TrainWishes
    data: VideoSet | None  # None: generated motion
    recipe: Recipe
    overrides: Facts
    steps: int
    model: nn.Module
    init: Facts | None

    def inputs(self) -> Facts:
        card = card_of(self.model)
        return {
            "version": __version__,
            "recipe": facts_of(self.recipe),
            "overrides": dict(self.overrides),
            "model": card.name,
            "arguments": dict(card.arguments),
            "size": card.size,
            "stride": card.stride,
            "classes": card.classes,
            "data": self.data_facts(),
            "init": self.init,
            "seed": self.wishes.seed,
        }

    def data_facts(self) -> Facts:
        return self.data.facts() if self.data else generator_facts()

    def stream(self) -> MotionStream | VideoStream:
        card, seed = card_of(self.model), self.wishes.seed
        return (
            VideoStream(self.recipe, card, seed, self.data)
            if self.data
            else MotionStream(self.recipe, card, seed, self.steps)
        )

    def warm_up(self) -> int:
        """Steps before the cosine; one cycle has its own."""
        if self.recipe.schedule != "cosine" or not self.recipe.warm_up:
            return 0
        return min(self.steps // 2, round(self.recipe.warm_up * len(self.data or ()) / self.recipe.batch))


# --- from wishes to a plan --------------------------------------------------------------------------------------------
def make_plan(wishes: TrainWishes, say: Callable[[str], None]) -> Plan:
    """Everything that can be wrong with the wishes is found here. `say` hears what was decided for the user."""
    is_motion = wishes.data == MOTION
    if is_motion:
        check_motion(wishes)
    base = find_recipe(wishes.recipe or ("motion" if is_motion else "paper"))
    data = None if is_motion else read_data(wishes)
    name = resolve(wishes.model or ("dtf_net_motion" if is_motion else "dtf_net_r50"))
    recipe, overrides = settle_for(wishes, base, MODELS[name].family, is_motion, say)
    model = make_model(wishes, name, recipe, data)
    init = start_from(model, wishes.init, say) if wishes.init else None
    return Plan(wishes, data, recipe, overrides, count_steps(recipe, len(data) if data else None), model, init)


def settle_for(
    wishes: TrainWishes, base: Recipe, family: str, is_motion: bool, say: Callable[[str], None]
) -> tuple[Recipe, Facts]:
    """The recipe with what was asked for, and what of that differs from it."""
    asked = {
        "steps": wishes.steps,
        "epochs": wishes.epochs,
        "batch": wishes.batch,
        "rate": wishes.rate,
        "focus": wishes.focus,
    }
    recipe, overrides = settle(base, [family, *([DIRECTED] if is_motion or wishes.directed else [])], **asked)
    if recipe.dense and not (is_motion and FAMILIES[family].head):
        able = " or ".join(name for name, one in FAMILIES.items() if one.head)
        needs = f"its dense loss needs generated motion and a model of {able}"
        say(f"the recipe {recipe.name} trains on the clips alone: {needs}")
        recipe = replace(recipe, dense=0.0)
    return recipe, overrides


def check_motion(wishes: TrainWishes) -> None:
    """An error for options that generated motion does not have."""
    if wishes.num_classes not in (None, len(CLASSES)):
        raise OptionError(
            f"generated motion has {len(CLASSES)} classes, not {wishes.num_classes}",
            hint=Use("num_classes", len(CLASSES)),
        )
    draw_motion(None, 0, **{key: value for key in ("frames", "size") if (value := getattr(wishes, key)) is not None})


def read_data(wishes: TrainWishes) -> VideoSet:
    """The videos of a list or a folder."""
    data = read_set(Path(wishes.data), root=Path(wishes.root) if wishes.root else None, num_classes=wishes.num_classes)
    if wishes.num_classes not in (None, data.num_classes):
        raise OptionError(
            f"{wishes.data}: has {data.num_classes} classes, not {wishes.num_classes}",
            hint=Use("num_classes", data.num_classes),
        )
    return data


def make_model(wishes: TrainWishes, name: str, recipe: Recipe, data: VideoSet | None) -> nn.Module:
    """A fresh model for the data, its weights drawn from the seed."""
    optional = {"temporal": wishes.variant, "temporal_blocks": wishes.blocks or None, "alpha_init": recipe.alpha_init}
    arguments: Facts = {key: value for key, value in optional.items() if value is not None}
    count = data.num_classes if data else len(CLASSES)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(wishes.seed)
        model = build_model(
            name,
            frames=wishes.frames,
            size=wishes.size,
            num_classes=count,
            filter_layout=wishes.filter_layout,
            dropout=recipe.dropout,
            **arguments,
        )
    classes = data.classes if data else tuple(CLASSES)
    give_card(model, replace(card_of(model), stride=wishes.stride or 1, classes=classes))
    if wishes.labels is not None:
        with_labels(model, wishes.labels)
    return model


def start_from(model: nn.Module, path: str, say: Callable[[str], None]) -> Facts:
    """Fill the model from a file; what is known of it."""
    checkpoint = read_checkpoint(path)
    report = initialise(model, checkpoint)
    say(f"{path}: {report.matched} tensors taken, {len(report.untrained)} of the model's are left as drawn")
    return {"file": checkpoint.path.name, "sha256": checkpoint.sha256, "matched": report.matched}
