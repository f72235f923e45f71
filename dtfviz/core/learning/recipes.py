"""How models are trained, as plain data. RECIPES holds four; whatever a command line changes in one is told apart
from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from math import ceil
from typing import Any

from dtfviz.core.errors import OptionError, Use
from dtfviz.core.media.motion import DECOYS


@dataclass(frozen=True)
class Recipe:
    """How a training goes, as plain values."""

    name: str
    about: str
    optimizer: str  # "sgd" or "adamw"
    rate: float  # the highest learning rate, at `base_batch` clips a step
    base_batch: int | None  # the rate grows linearly with the batch from here; None: it does not
    batch: int  # clips a step, over all processes
    weight_decay: float
    schedule: str  # "cosine" or "one-cycle"
    warm_up: float  # epochs before the cosine begins, or the share of one cycle that goes up
    epochs: float | None = None
    steps: int | None = None  # instead of epochs
    momentum: float = 0.9  # of SGD
    decayed: str = "all"  # whose weights decay, or "matrices" alone: not norms, biases and alphas
    clip_norm: float | None = None  # of the gradient of all parameters together
    dropout: float = 0.0
    augmentation: str = "none"  # one of augment.SHORT_SIDES
    flips: bool = False
    alpha_init: float | None = None  # of the temporal operators; None: the model's
    dense: float = 0.0  # weight of the loss at every position, beside the clip's
    quiet: float = 0.02  # of the squared logits where the object is not, within the dense loss
    # weight, grown to by the end, of a loss that wants filters weak where the object never is, or strong at few cells
    focus: float = 0.0
    decoys: float = DECOYS  # in generated motion
    # (share of all steps, difficulty of generated motion), straight between
    curriculum: tuple[tuple[float, float], ...] = ((0.0, 0.5),)
    # what differs for a family of models, or for classes that a mirror would confuse
    variations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


DIRECTED = "direction-sensitive"  # such as Something-Something, and generated motion

RECIPES: dict[str, Recipe] = {
    "paper": Recipe(
        name="paper",
        about="the paper's section 4.1",
        optimizer="sgd",
        rate=0.04,
        base_batch=256,
        batch=256,
        weight_decay=1e-4,
        schedule="cosine",
        warm_up=0,
        epochs=128,
        dropout=0.5,
        augmentation="paper",
        flips=True,
        variations={"dtf_swin": {"rate": 0.01, "epochs": 64}, DIRECTED: {"flips": False}},
    ),
    "released": Recipe(
        name="released",
        about="the authors' code; its epochs are not on record, the paper's are taken",
        optimizer="sgd",
        rate=0.04,
        base_batch=24 * 4 * 4,
        batch=24 * 4 * 4,
        weight_decay=1e-4,
        schedule="cosine",
        warm_up=1,
        epochs=128,
        clip_norm=40,
        dropout=0.5,
        augmentation="released",
        flips=True,
        variations={"dtf_swin": {"epochs": 64}, DIRECTED: {"flips": False, "warm_up": 5}},
    ),
    "motion": Recipe(
        name="motion",
        about="small models on generated motion: easy clips first, and a loss at every position",
        optimizer="adamw",
        rate=2e-3,
        base_batch=None,
        batch=16,
        weight_decay=0.02,
        schedule="one-cycle",
        warm_up=0.1,
        steps=2000,
        clip_norm=2,
        alpha_init=0.5,
        dense=1.0,
        curriculum=((0.0, 0.0), (0.25, 0.0), (0.75, 0.5)),
    ),
}
RECIPES["focused"] = replace(
    RECIPES["motion"],
    name="focused",
    about="the bundled model: `motion` for longer, with still look-alikes in most clips, and filters weak where "
    "nothing moves",
    steps=4000,
    weight_decay=1.0,
    decayed="matrices",
    focus=1.5,
    decoys=1.6,
)


def find_recipe(name: str) -> Recipe:
    """By its name."""
    if name in RECIPES:
        return RECIPES[name]
    close = get_close_matches(name, RECIPES, n=1, cutoff=0.5)
    fact = f"did you mean {close[0]}?" if close else f"the recipes are {', '.join(RECIPES)}"
    raise OptionError(f"no recipe is called {name!r}", fact=fact, hint=Use("recipe", close[0] if close else "motion"))


def settle(recipe: Recipe, circumstances: Iterable[str], **asked: Any) -> tuple[Recipe, dict[str, Any]]:
    """The recipe for a family of models and a kind of data, with what was asked for instead; and what that changed."""
    for circumstance in circumstances:
        recipe = replace(recipe, **recipe.variations.get(circumstance, {}))
    wanted = {key: value for key, value in asked.items() if value is not None}
    if "steps" in wanted or "epochs" in wanted:
        wanted = {"steps": None, "epochs": None} | wanted
    if "rate" in wanted:
        wanted["base_batch"] = None  # what was asked for is meant as it stands
    changed = {key: value for key, value in wanted.items() if value != getattr(recipe, key)}
    return replace(recipe, **wanted, variations={}), changed


def highest_rate(recipe: Recipe) -> float:
    """The learning rate at its peak, for this batch."""
    return recipe.rate * recipe.batch / (recipe.base_batch or recipe.batch)


def count_steps(recipe: Recipe, items: int | None) -> int:
    """How many steps the training takes; generated motion has no number of items."""
    if recipe.steps is not None:
        return recipe.steps
    if items is None:
        raise OptionError(
            "generated motion has no epochs", fact=f"the recipe {recipe.name} counts in epochs", hint=Use("steps", 2000)
        )
    return max(1, ceil((recipe.epochs or 0) * items / recipe.batch))


def facts_of(recipe: Recipe) -> dict[str, Any]:
    """A settled recipe for the record, without what it says nothing about."""
    return {one.name: value for one in fields(recipe) if (value := asdict(recipe)[one.name]) not in (None, {})}
