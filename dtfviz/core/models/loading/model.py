"""A model by its name, by a file, or both: what everyone calls."""

from functools import partial
from os import PathLike

import torch
from torch import nn

from dtfviz.core import bundled
from dtfviz.core.device import pick_device
from dtfviz.core.errors import ModelError
from dtfviz.core.models.building import build_model
from dtfviz.core.models.card import card_of, check_extent
from dtfviz.core.models.catalogue import Wishes, resolve
from dtfviz.core.models.foreign import is_foreign, make_foreign
from dtfviz.core.models.loading.labels import with_labels
from dtfviz.core.models.loading.load import fill_foreign, load
from dtfviz.core.results.load_report import LoadReport
from dtfviz.core.store.checkpoint import read_checkpoint

HEAVIEST = 16 << 30  # bytes of a model with random weights


def load_model(
    name: str | None = None,
    *,
    checkpoint: str | PathLike[str] | None = None,
    frames: int | None = None,
    size: int | None = None,
    num_classes: int | None = None,
    filter_layout: str | None = None,
    partial: bool = False,
    labels: str | PathLike[str] | None = None,
    device: str | torch.device = "cpu",
) -> nn.Module:
    """A model from (B, 3, frames, size, size) to logits, in evaluation mode, with its `card`.

    With a checkpoint the model is read off the file, and name, frames, size and the rest are only checked against it.
    `partial` accepts a file that leaves parameters unfilled; the card then names them. Without a name and a checkpoint
    it is the bundled model, as it is by its name alone. Any other without a checkpoint has random weights and the card
    says so; they come from a fixed seed, so that the same call gives the same model.
    """
    chosen = pick_device(device)
    wishes = Wishes(None if name is None else resolve(name), frames, size, num_classes, filter_layout)
    return load_with_report(wishes, checkpoint=checkpoint, partial=partial, labels=labels)[0].to(chosen)


@torch.inference_mode(False)
def load_with_report(
    wishes: Wishes,
    *,
    checkpoint: str | PathLike[str] | None,
    partial: bool = False,
    labels: str | PathLike[str] | None = None,
) -> tuple[nn.Module, LoadReport | None]:
    """`load_model`, with what became of every tensor of the checkpoint."""
    report = None
    if checkpoint is None and (wishes.name is None or wishes == Wishes(bundled.MODEL)):
        checkpoint = bundled.asset(bundled.WEIGHTS)
    if is_foreign(wishes.name):
        model, report = load_foreign(wishes, checkpoint, partial=partial)
    elif checkpoint is not None:
        model, report = load(read_checkpoint(checkpoint), wishes, partial=partial)
    else:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = build_random(wishes)
    if labels is not None:
        with_labels(model, labels)
    return model, report


def build_random(wishes: Wishes) -> nn.Module:
    """A model of MODELS with random weights, unless it or its clips are more than a machine holds."""
    make = partial(
        build_model,
        str(wishes.name),
        frames=wishes.frames,
        size=wishes.size,
        num_classes=wishes.num_classes,
        filter_layout=wishes.filter_layout,
    )
    with torch.device("meta"):
        sketched = make()
    check_extent(card_of(sketched).frames, card_of(sketched).size)
    weight = sum(tensor.nbytes for tensor in sketched.state_dict().values())
    if weight > HEAVIEST:
        fact = f"at most {HEAVIEST / 1e9:.0f} GB are built"
        raise ModelError(f"this {wishes.name} would weigh {weight / 1e9:,.0f} GB", fact=fact)
    return make()


def load_foreign(
    wishes: Wishes, checkpoint: str | PathLike[str] | None, *, partial: bool = False
) -> tuple[nn.Module, LoadReport | None]:
    """Someone else's model, filled from a file where there is one."""
    model = make_foreign(str(wishes.name), wishes.foreign, frames=wishes.frames, size=wishes.size)
    if checkpoint is None:
        return model, None
    return model, fill_foreign(model, read_checkpoint(checkpoint), partial=partial)
