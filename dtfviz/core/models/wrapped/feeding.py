"""How someone else's model says that it is fed: torchvision by its weights' transforms, timm by its configuration,
transformers by its configuration and processor.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import EnumMeta
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

Colours = tuple[float, ...]


@dataclass(frozen=True)
class Feeding:
    """Frames, size and colours of a clip, and the form in which it is given and answered; None: nothing is said."""

    frames: int | None = None
    size: int | None = None
    mean: Colours | None = None
    std: Colours | None = None
    input_layout: str | None = None
    output: str | None = None  # field of the object that the model returns


USUAL = Feeding(  # where neither its caller nor a model says otherwise: torchvision's for the first video models
    frames=16,
    size=224,
    mean=(0.43216, 0.394666, 0.37645),
    std=(0.22803, 0.22145, 0.216989),
    input_layout="BCTHW",
)
WORDS: Mapping[str, Callable[[Any], str]] = {  # of what is remarked on: a wrong one changes the answer in silence
    "frames": "{} frames".format,
    "size": "{} pixels".format,
    "mean": lambda colours: f"mean {written(colours)}",
    "std": lambda colours: f"std {written(colours)}",
}


def settle_feeding(module: nn.Module, asked: Feeding) -> tuple[Feeding, tuple[str, ...]]:
    """What was asked for, completed by what the model says and then by what is usual; and what was assumed."""
    source, said = feeding_of(module)
    known = overlay(asked, said)
    remarks = (
        remark(missing(asked, said), f"as {source} says"),
        remark(missing(known, USUAL), "which nothing says: state what it was trained on"),
    )
    return overlay(known, USUAL), tuple(line for line in remarks if line)


def overlay(first: Feeding, second: Feeding) -> Feeding:
    """The first, and the second where it says nothing."""
    return Feeding(**said_by(second) | said_by(first))


def missing(first: Feeding, second: Feeding) -> Feeding:
    """What the second says of which the first says nothing."""
    return Feeding(**{name: value for name, value in said_by(second).items() if name not in said_by(first)})


def said_by(feeding: Feeding) -> dict[str, Any]:
    """The fields that say something."""
    found = {one.name: getattr(feeding, one.name) for one in fields(feeding)}
    return {name: value for name, value in found.items() if value is not None}


def remark(assumed: Feeding, why: str) -> str:
    """One line on what a clip was assumed to be."""
    said = said_by(assumed)
    parts = [words(said[name]) for name, words in WORDS.items() if name in said]
    return f"assumed of its clips: {', '.join(parts)}, {why}" if parts else ""


def written(colours: Colours) -> str:
    """RGB, short."""
    return "/".join(f"{value:.3g}" for value in colours)


# --- what models say --------------------------------------------------------------------------------------------------
def feeding_of(module: nn.Module) -> tuple[str, Feeding]:
    """Who says how a model is fed, and what; a model inside a wrapper is asked too."""
    for part in (module, *module.children()):
        for source, ask in SOURCES.items():
            found = ask(part)
            if found is not None:
                return source, found
    return "", Feeding()


def of_torchvision(module: nn.Module) -> Feeding | None:
    """By the transforms of the weights listed beside a model's class, where they agree."""
    home = sys.modules.get(type(module).__module__)
    if home is None or not home.__name__.startswith("torchvision.models."):
        return None
    return agreed([of_weights(weights) for weights in weights_in(home)])


def weights_in(home: ModuleType) -> Iterator[Any]:
    """The default of every enumeration of weights in a module."""
    for value in vars(home).values():
        if isinstance(value, EnumMeta) and value.__module__ == home.__name__ and hasattr(value, "DEFAULT"):
            yield value.DEFAULT


def of_weights(weights: Any) -> Feeding:
    """What one set of weights was trained on."""
    steps = weights.transforms()
    return Feeding(size=steps.crop_size[0], mean=tuple(steps.mean), std=tuple(steps.std))


def agreed(found: Iterable[Feeding]) -> Feeding | None:
    """What all of them say; None where there is nothing."""
    said = [said_by(one) for one in found]
    if not said:
        return None
    return Feeding(**{name: value for name, value in said[0].items() if all(one.get(name) == value for one in said)})


def of_timm(module: nn.Module) -> Feeding | None:
    """By the configuration that timm gives to every model."""
    given = getattr(module, "pretrained_cfg", None)
    if not isinstance(given, Mapping) or "mean" not in given:
        return None
    return Feeding(size=given["input_size"][-1], mean=tuple(given["mean"]), std=tuple(given["std"]))


def of_transformers(module: nn.Module) -> Feeding | None:
    """By its configuration, and the processor beside its weights: the defaults of its kind are often not its own."""
    config, takes = getattr(module, "config", None), str(getattr(module, "main_input_name", ""))
    if config is None or not takes.startswith("pixel_values") or not hasattr(config, "to_dict"):
        return None
    said = config.to_dict()
    size = said.get("image_size") or said.get("crop_size")
    mean, std = colours_of(processor_of(str(said.get("_name_or_path") or getattr(config, "_name_or_path", ""))))
    return Feeding(
        frames=said.get("num_frames") or said.get("frames_per_clip"),
        size=size if isinstance(size, int) else None,
        mean=mean,
        std=std,
        input_layout="BTCHW",
        output="logits",
    )


def processor_of(name: str) -> Mapping[str, Any]:
    """What the processor of a folder, or of a repository that was downloaded before, says."""
    for file in ("preprocessor_config.json", "video_preprocessor_config.json"):
        path = Path(name, file) if Path(name).is_dir() else in_cache(name, file)
        if name and path is not None and path.is_file():
            found: Mapping[str, Any] = json.loads(path.read_text())
            return found
    return {}


def in_cache(repository: str, file: str) -> Path | None:
    """Where a file of a repository lies on this machine; nothing is downloaded."""
    look = getattr(sys.modules.get("huggingface_hub"), "try_to_load_from_cache", None)
    path = look(repository, file) if look is not None and repository else None
    return Path(path) if isinstance(path, str) else None


def colours_of(processor: Mapping[str, Any]) -> tuple[Colours | None, Colours | None]:
    """Mean and deviation of RGB in [0, 1], from steps that first scale bytes and may take one off."""
    if "image_mean" not in processor or "image_std" not in processor:
        return None, None
    scale = 255 * processor.get("rescale_factor", 1 / 255)
    offset = 1.0 if processor.get("offset") and scale > 1 else 0.0  # ViViT's: to [-1, 1] first
    return (
        tuple((value + offset) / scale for value in processor["image_mean"]),
        tuple(value / scale for value in processor["image_std"]),
    )


SOURCES: Mapping[str, Callable[[nn.Module], Feeding | None]] = {
    "torchvision's list of weights": of_torchvision,
    "its timm configuration": of_timm,
    "its transformers configuration": of_transformers,
}
