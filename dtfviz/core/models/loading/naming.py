"""From a file's tensors to those of a family's models: each family knows what others call its parameters."""

from collections.abc import Mapping

from torch import Tensor

from dtfviz.core.errors import CheckpointError
from dtfviz.core.models.families import FAMILIES, load

Tensors = dict[str, Tensor]


def unwrap(tensors: Mapping[str, Tensor]) -> Tensors:
    """`module.` is dropped wherever it stands, as the released code does."""
    return {name.replace("module.", ""): tensor for name, tensor in tensors.items()}


def name_as(family: str, tensors: Mapping[str, Tensor]) -> Tensors:
    """The tensors by the names of a family's models; as they are where it renames nothing."""
    renamer = FAMILIES[family].renamer
    if not renamer:
        return dict(tensors)
    rename = load(renamer)
    return {rename(name, tensors): tensor for name, tensor in tensors.items()}


def pair_names(theirs: Mapping[str, Tensor], ours: Mapping[str, Tensor]) -> tuple[tuple[str, str], ...]:
    """The names that changed; an error where two tensors now have the same one."""
    if len(ours) != len(theirs):
        raise CheckpointError(
            "two tensors of the file have the same name once `module.` is removed",
            hint="save the state dict of one model",
        )
    return tuple((before, after) for before, after in zip(theirs, ours, strict=True) if before != after)


def inflate_as(family: str, tensors: Mapping[str, Tensor], arguments: Mapping[str, object]) -> Tensors:
    """An image model's tensors as weights of a family's model with these arguments; any other's as they are."""
    inflater = FAMILIES[family].inflater
    inflated: Tensors = load(inflater)(tensors, arguments) if inflater else dict(tensors)
    return inflated
