"""Names for classes: from a file, or the 400 of Kinetics that torchvision carries."""

import json
from dataclasses import replace
from os import PathLike
from pathlib import Path

from torch import nn

from dtfviz.core.errors import InputError, ModelError
from dtfviz.core.models.card import card_of, give_card
from dtfviz.core.store.files import read_text

KINETICS = "kinetics400"
UNVERIFIED = "order not verified for this file"


def with_labels(model: nn.Module, labels: str | PathLike[str]) -> None:
    """Write the names on the model's card."""
    card = card_of(model)
    names = kinetics_names() if str(labels) == KINETICS else read_names(Path(labels))
    if len(names) != card.num_classes:
        raise ModelError(
            f"{labels}: {len(names)} names, {card.name} has {card.num_classes} classes",
            hint=f"a file with {card.num_classes} lines, one name each, in the order of the classes",
        )
    give_card(model, replace(card, classes=names, classes_note=UNVERIFIED if str(labels) == KINETICS else ""))


def kinetics_names() -> tuple[str, ...]:
    """In torchvision's order: alphabetical, as most training lists are, which no checkpoint says of itself."""
    from torchvision.models.video import R3D_18_Weights

    return tuple(R3D_18_Weights.KINETICS400_V1.meta["categories"])


def read_names(path: Path) -> tuple[str, ...]:
    """One name a line, or JSON: a list of names, or an object from index to name or from name to index."""
    text = read_text(path, "a file of class names")
    if path.suffix != ".json":
        return tuple(line.strip() for line in text.splitlines() if line.strip())
    try:
        return names_of(json.loads(text))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"{path}: is not a list of names, nor an object from index to name", fact=str(error)
        ) from error


def names_of(document: object) -> tuple[str, ...]:
    """Names in the order of their numbers."""
    if isinstance(document, list):
        return tuple(map(str, document))
    if not isinstance(document, dict):
        raise TypeError(f"a {type(document).__name__}")
    if all(isinstance(value, int) for value in document.values()):
        document = {value: key for key, value in document.items()}
    by_index = {int(key): str(value) for key, value in document.items()}
    return tuple(by_index[index] for index in range(len(by_index)))
