"""The models by name. MODELS is plain data: listing and completing names needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from os import PathLike
from typing import TYPE_CHECKING, Any

from dtfviz.core.errors import OptionError, Try
from dtfviz.core.models.foreign import Foreign, is_foreign, make_foreign

if TYPE_CHECKING:
    import torch

    from dtfviz.core.results.load_report import LoadReport


@dataclass(frozen=True)
class Entry:
    """A line of MODELS: what to call, with what, and the defaults that a card then carries."""

    builder: str  # "module:callable", imported when the model is built
    about: str
    alias: str  # the released code's name; empty where it has none
    frames: int
    size: int
    cost_size: int  # the size at which the paper counts the cost
    default_layer: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    filter_layer: str = ""  # whose filters say most, where that is another


NET = "dtfviz.core.models.dtf.resnet:DTFNet"
TRANSFORMER = "dtfviz.core.models.dtf.swin:DTFTransformer"
FAMILIES = {"dtf_net": NET, "dtf_swin": TRANSFORMER}
R101 = {"depths": (3, 4, 23, 3)}
SWIN_B = {"embed": 128, "heads": (4, 8, 16, 32), "drop_path": 0.5}
SWIN_L = {"embed": 192, "heads": (6, 12, 24, 48), "drop_path": 0.5}
PLAIN = {"temporal": "none"}
MOTION: Mapping[str, Any] = {
    "early_stride": 1,
    "stem_width": 16,
    "widths": (16, 24, 32, 48),
    "depths": (1, 1, 1, 1),
    "expansion": 2,
    "strides": (1, 2, 1, 1),
    "filter_layout": "paper",
    "factor_g": 8,
    "alpha_init": 0.5,
    "num_classes": 14,
}
TEMPORAL = (
    "none",
    "shift",
    "dtf_1d",
    "dtf_1d+",
    "dtf_f",
    "dtf_nofa",
    "dtf_agg",
    "dtf_cor",
    "dtf",
)  # models/temporal.py defines them

MODELS: dict[str, Entry] = {
    "dtf_net_r50": Entry(NET, "DTF-Net, ResNet-50", "c2d_dtf_resnet50", 16, 224, 256, "layer4"),
    "dtf_net_r101": Entry(NET, "DTF-Net, ResNet-101", "c2d_dtf_resnet101", 16, 224, 224, "layer4", R101),
    "dtf_net_motion": Entry(NET, "small DTF-Net for motion", "", 16, 64, 64, "layer4", MOTION, filter_layer="layer3"),
    "dtf_swin_s": Entry(TRANSFORMER, "DTF-Transformer, Swin-S", "c2d_dtf_swin_vit_s_p4_w7", 16, 224, 224, "layers.3"),
    "dtf_swin_b": Entry(
        TRANSFORMER, "DTF-Transformer, Swin-B", "c2d_dtf_swin_vit_b_p4_w7", 64, 224, 224, "layers.3", SWIN_B
    ),
    "dtf_swin_l": Entry(
        TRANSFORMER, "DTF-Transformer, Swin-L", "c2d_dtf_swin_vit_l_p4_w7", 16, 224, 224, "layers.3", SWIN_L
    ),
    "c2d_r50": Entry(NET, "plain ResNet-50", "c2d_resnet50", 16, 224, 256, "layer4", PLAIN),
    "c2d_r101": Entry(NET, "plain ResNet-101", "c2d_resnet101", 16, 224, 224, "layer4", R101 | PLAIN),
    "c2d_swin_s": Entry(TRANSFORMER, "plain Swin-S", "c2d_swin_vit_s_p4_w7", 16, 224, 224, "layers.3", PLAIN),
    "c2d_swin_b": Entry(TRANSFORMER, "plain Swin-B", "c2d_swin_vit_b_p4_w7", 64, 224, 224, "layers.3", SWIN_B | PLAIN),
    "c2d_swin_l": Entry(TRANSFORMER, "plain Swin-L", "c2d_swin_vit_l_p4_w7", 16, 224, 224, "layers.3", SWIN_L | PLAIN),
}


@dataclass(frozen=True)
class Wishes:
    """What was asked for; None where nothing was."""

    name: str | None = None
    frames: int | None = None
    size: int | None = None
    num_classes: int | None = None
    filter_layout: str | None = None
    foreign: Foreign = field(default_factory=Foreign)  # only for a model that is not of MODELS


def resolve(name: str) -> str:
    """The name of MODELS that a name or a released alias stands for. What names someone else's factory is left as it
    is.
    """
    aliases = {entry.alias: known for known, entry in MODELS.items() if entry.alias}
    if name in MODELS or is_foreign(name):
        return name
    if name in aliases:
        return aliases[name]
    close = get_close_matches(name, [*MODELS, *aliases], n=1, cutoff=0.5)
    raise OptionError(
        f"no model is called {name!r}",
        fact=f"did you mean {close[0]}?" if close else f"the models are {', '.join(MODELS)}",
        hint=Try(("dtfviz", "models")),
    )


def family_of(builder: str) -> str:
    return next(family for family, known in FAMILIES.items() if known == builder)


def build(
    name: str, builder: str, arguments: Mapping[str, Any], frames: int, size: int, default_layer: str
) -> torch.nn.Module:
    """A fresh model in evaluation mode, with its card."""
    from dtfviz.core.models.card import Card, give_card
    from dtfviz.core.models.dtf.block import RELEASED

    module, _, attribute = builder.partition(":")
    given: dict[str, Any] = {"num_classes": 400, "filter_layout": RELEASED} | dict(arguments) | {"frames": frames}
    if builder == TRANSFORMER:  # its windows are cut for one size; a net takes any
        given["size"] = size
    model: torch.nn.Module = getattr(import_module(module), attribute)(**given).eval()
    card = Card(
        name=name,
        family=family_of(builder),
        frames=frames,
        size=size,
        num_classes=given["num_classes"],
        layers=model.describe_layers(),  # type: ignore[operator]
        default_layer=default_layer,
        filter_layer=MODELS[name].filter_layer if name in MODELS else "",
        temporal=given.get("temporal", "dtf"),
        filter_layout=given["filter_layout"],
        arguments=given,
    )
    give_card(model, card)
    return model


def build_model(
    name: str,
    *,
    frames: int | None = None,
    size: int | None = None,
    num_classes: int | None = None,
    filter_layout: str | None = None,
    **arguments: Any,
) -> torch.nn.Module:
    """A fresh model of MODELS. Further arguments go to the builder, such as `temporal="dtf_1d"`."""
    name = resolve(name)
    entry = MODELS[name]
    asked = {
        key: value
        for key, value in (("num_classes", num_classes), ("filter_layout", filter_layout))
        if value is not None
    }
    return build(
        name,
        entry.builder,
        dict(entry.arguments) | arguments | asked,
        frames or entry.frames,
        size or entry.size,
        entry.default_layer,
    )


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
) -> torch.nn.Module:
    """A model from (B, 3, frames, size, size) to logits, in evaluation mode, with its `card`.

    With a checkpoint the model is read off the file, and name, frames, size and the rest are only checked against it.
    `partial` accepts a file that leaves parameters unfilled; the card then names them. Without a name and a checkpoint
    it is the bundled model, as it is by its name alone. Any other without a checkpoint has random weights and the card
    says so; they come from a fixed seed, so that the same call gives the same model.
    """
    from dtfviz.core.device import pick_device

    chosen = pick_device(device)
    wishes = Wishes(None if name is None else resolve(name), frames, size, num_classes, filter_layout)
    return load_with_report(wishes, checkpoint=checkpoint, partial=partial, labels=labels)[0].to(chosen)


def load_with_report(
    wishes: Wishes,
    *,
    checkpoint: str | PathLike[str] | None,
    partial: bool = False,
    labels: str | PathLike[str] | None = None,
) -> tuple[torch.nn.Module, LoadReport | None]:
    """`load_model`, with what became of every tensor of the checkpoint."""
    import torch

    from dtfviz.core import bundled
    from dtfviz.core.models.loading.labels import with_labels

    report = None
    if checkpoint is None and (wishes.name is None or wishes == Wishes(bundled.MODEL)):
        checkpoint = bundled.asset(bundled.WEIGHTS)
    if is_foreign(wishes.name):
        model, report = load_foreign(wishes, checkpoint, partial=partial)
    elif checkpoint is not None:
        from dtfviz.core.models.loading.load import load
        from dtfviz.core.store.checkpoint import read_checkpoint

        model, report = load(read_checkpoint(checkpoint), wishes, partial=partial)
    else:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = build_model(
                str(wishes.name),
                frames=wishes.frames,
                size=wishes.size,
                num_classes=wishes.num_classes,
                filter_layout=wishes.filter_layout,
            )
    if labels is not None:
        with_labels(model, labels)
    return model, report


def load_foreign(
    wishes: Wishes, checkpoint: str | PathLike[str] | None, *, partial: bool = False
) -> tuple[torch.nn.Module, LoadReport | None]:
    model = make_foreign(str(wishes.name), wishes.foreign, frames=wishes.frames, size=wishes.size)
    if checkpoint is None:
        return model, None
    from dtfviz.core.models.loading.load import fill_foreign
    from dtfviz.core.store.checkpoint import read_checkpoint

    return model, fill_foreign(model, read_checkpoint(checkpoint), partial=partial)
