"""The families of models: one record each, strings until it is used, so that listing and completing need no torch.

To add a family is to write its folder and one line here; everything else asks the record.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

Arguments = dict[str, Any]  # of a builder: numbers, words and tuples of them
HERE = "dtfviz.core.models"
MOST_STAGES, MOST_BLOCKS = 16, 512  # of a stage: beyond any model, and soon built


@dataclass(frozen=True)
class Recognised:
    """What a file says of its model. Arguments not named here cannot be read off shapes, and keep their defaults."""

    family: str
    arguments: Arguments
    frames: int | None  # None where nothing in the file depends on it
    size: int | None
    is_image_model: bool = False
    name: str | None = None  # the line of MODELS with these arguments


@dataclass(frozen=True)
class Family:
    """How a family's models are made, and how its files are known. Functions are "module:name"."""

    builder: str  # (**arguments) -> a module with `describe_layers`
    recogniser: str  # (tensors by name) -> Recognised, or None for another family's
    identity: Arguments  # the arguments that tell its models apart, with the builder's defaults
    usual: Arguments = field(default_factory=dict)  # arguments of every model, unless said otherwise
    needs_size: bool = False  # whether a model is built for one size of clips
    unseen: tuple[str, ...] = ()  # arguments that no tensor tells: those of the recognised model of MODELS are taken
    renamer: str = ""  # (name, tensors by name) -> what its models call a tensor of someone else's file
    inflater: str = ""  # (tensors, arguments) -> an image model's as a video model's; any other's as they are
    head: str = ""  # path of the linear layer that names the classes, where it can be asked of every position
    explainer: str = ""  # (tensor's name, its shape, the card) -> why a shape differs, or nothing
    folder: str = ""  # (model) -> it folded for inference; without one it always runs as it is
    waker: str = ""  # (model, alpha): temporal operators of random weights, which would add nothing, add alpha times


RELEASED = {"num_classes": 400, "filter_layout": "released"}  # what the authors' code makes
NET = Family(
    builder=f"{HERE}.dtf.resnet:DTFNet",
    recogniser=f"{HERE}.dtf.recognise:recognise_net",
    identity={
        "depths": (3, 4, 6, 3),
        "widths": (64, 128, 256, 512),
        "expansion": 4,
        "temporal": "dtf",
        "stem_width": 64,
    },
    usual=RELEASED,
    unseen=("strides",),
    head="fc",
    renamer=f"{HERE}.dtf.imagenet:our_name",
    inflater=f"{HERE}.dtf.imagenet:inflate_image",
    explainer=f"{HERE}.dtf.recognise:explain_shape",
    folder=f"{HERE}.dtf.folded.net:fold_net",
    waker=f"{HERE}.dtf.temporal:wake",
)
TRANSFORMER = Family(
    builder=f"{HERE}.dtf.swin:DTFTransformer",
    recogniser=f"{HERE}.dtf.recognise:recognise_transformer",
    identity={"depths": (2, 2, 18, 2), "heads": (3, 6, 12, 24), "embed": 96, "temporal": "dtf"},
    usual=RELEASED,
    needs_size=True,
    renamer=f"{HERE}.dtf.imagenet:our_name",
    inflater=f"{HERE}.dtf.imagenet:inflate_image",
    explainer=f"{HERE}.dtf.recognise:explain_shape",
    folder=f"{HERE}.dtf.folded.transformer:fold_transformer",
    waker=f"{HERE}.dtf.temporal:wake",
)
FAMILIES: dict[str, Family] = {"dtf_net": NET, "dtf_swin": TRANSFORMER}


def load(target: str) -> Any:
    """What stands at "module:name"."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
