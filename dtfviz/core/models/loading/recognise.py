"""Which model a state dict belongs to: each family is asked, and the line of MODELS is found by what identifies it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from dtfviz.core.models.catalogue import MODELS, resolve
from dtfviz.core.models.families import FAMILIES, Arguments, Recognised, load
from dtfviz.core.models.loading.naming import name_as


def recognise(tensors: Mapping[str, Tensor]) -> Recognised | None:
    """None where the tensors are of no model we know. Each family sees them by its own names (`module.` removed)."""
    for name, family in FAMILIES.items():
        try:
            found: Recognised | None = load(family.recogniser)(name_as(name, tensors))
        except (IndexError, ValueError, ZeroDivisionError):
            continue  # the names of a model of this family, and shapes that none can have: another's, or nobody's
        if found is not None:
            return named(found)
    return None


def named(found: Recognised) -> Recognised:
    """With the first line of MODELS that the arguments describe, if there is one."""
    family = FAMILIES[found.family]
    for name, entry in MODELS.items():
        if entry.family == found.family and all(same(found, entry.arguments, key) for key in family.identity):
            unseen = {key: entry.arguments[key] for key in family.unseen if key in entry.arguments}
            return replace(found, name=name, arguments=found.arguments | unseen)
    return found


def same(found: Recognised, arguments: Mapping[str, Any], key: str) -> bool:
    """Whether a file and a line of MODELS agree in an argument; they do where the file does not tell."""
    wanted = arguments.get(key, FAMILIES[found.family].identity[key])
    return bool(found.arguments.get(key, wanted) == wanted)


def check_name(name: str, found: Recognised) -> str | None:
    """Why a file cannot be the model that was asked for, or None."""
    entry = MODELS[resolve(name)]
    if entry.family != found.family:
        return f"the file holds a {found.family} model"
    identity: Arguments = dict(FAMILIES[found.family].identity)
    for key in identity:
        if not same(found, entry.arguments, key):
            wanted = entry.arguments.get(key, identity[key])
            return f"the file has {key} {found.arguments[key]}, {name} has {wanted}"
    return None
