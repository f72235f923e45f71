"""The models by name. MODELS is plain data: listing and completing names needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from dtfviz.core.errors import OptionError, Try
from dtfviz.core.models.foreign import Foreign, is_foreign


@dataclass(frozen=True)
class Entry:
    """A line of MODELS: what to call, with what, and the defaults that a card then carries."""

    family: str  # of FAMILIES
    about: str
    alias: str  # the released code's name; empty where it has none
    frames: int
    size: int
    cost_size: int  # the size at which the paper counts the cost
    default_layer: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    filter_layer: str = ""  # whose filters say most, where that is another


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
MODELS: dict[str, Entry] = {
    "dtf_net_r50": Entry("dtf_net", "DTF-Net, ResNet-50", "c2d_dtf_resnet50", 16, 224, 256, "layer4"),
    "dtf_net_r101": Entry("dtf_net", "DTF-Net, ResNet-101", "c2d_dtf_resnet101", 16, 224, 224, "layer4", R101),
    "dtf_net_motion": Entry(
        "dtf_net", "small DTF-Net for motion", "", 16, 64, 64, "layer4", MOTION, filter_layer="layer3"
    ),
    "dtf_swin_s": Entry("dtf_swin", "DTF-Transformer, Swin-S", "c2d_dtf_swin_vit_s_p4_w7", 16, 224, 224, "layers.3"),
    "dtf_swin_b": Entry(
        "dtf_swin", "DTF-Transformer, Swin-B", "c2d_dtf_swin_vit_b_p4_w7", 64, 224, 224, "layers.3", SWIN_B
    ),
    "dtf_swin_l": Entry(
        "dtf_swin", "DTF-Transformer, Swin-L", "c2d_dtf_swin_vit_l_p4_w7", 16, 224, 224, "layers.3", SWIN_L
    ),
    "c2d_r50": Entry("dtf_net", "plain ResNet-50", "c2d_resnet50", 16, 224, 256, "layer4", PLAIN),
    "c2d_r101": Entry("dtf_net", "plain ResNet-101", "c2d_resnet101", 16, 224, 224, "layer4", R101 | PLAIN),
    "c2d_swin_s": Entry("dtf_swin", "plain Swin-S", "c2d_swin_vit_s_p4_w7", 16, 224, 224, "layers.3", PLAIN),
    "c2d_swin_b": Entry("dtf_swin", "plain Swin-B", "c2d_swin_vit_b_p4_w7", 64, 224, 224, "layers.3", SWIN_B | PLAIN),
    "c2d_swin_l": Entry("dtf_swin", "plain Swin-L", "c2d_swin_vit_l_p4_w7", 16, 224, 224, "layers.3", SWIN_L | PLAIN),
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
