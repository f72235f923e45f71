"""A model -> the same, folded for inference: what is constant is multiplied out once. It answers as the exact model
does within rounding, has its card and the names of its layers, and gives gradients; what an operator does inside (its
filters, its weights) only the exact model can say.
"""

import warnings
from dataclasses import replace

import torch
from torch import nn

from dtfviz.core.errors import DtfvizWarning, ModelError
from dtfviz.core.models.borrow.sketch import without_memory
from dtfviz.core.models.card import Card, card_of, give_card
from dtfviz.core.models.families import FAMILIES, load


@torch.no_grad()
def fold(model: nn.Module) -> nn.Module:
    """A folded copy in evaluation mode, of the same type and on the same device; someone else's model as it is."""
    card = card_of(model)
    if card.folded:
        return model
    folder = folder_of(card)
    if not folder:
        warnings.warn(f"{card.name} is no model of ours: it is not folded, and runs as it is", DtfvizWarning, 2)
        return model
    folded: nn.Module = load(folder)(model).eval()
    give_card(folded, replace(card, folded=True))
    folded.unfolded = (without_memory(model),)  # type: ignore[assignment]  # a tuple, so that it is no part of it
    return folded


def can_fold(model: nn.Module) -> bool:
    """Whether `fold` would make another model of it."""
    card = card_of(model)
    return not card.folded and bool(folder_of(card))


def folder_of(card: Card) -> str:
    """Of its family, where it has one."""
    return FAMILIES[card.family].folder if card.family in FAMILIES else ""


def structure_model(model: nn.Module) -> nn.Module:
    """The model that is asked what it is made of: of a folded one the exact one, without memory."""
    unfolded = getattr(model, "unfolded", None)
    return unfolded[0] if isinstance(unfolded, tuple) else model


def check_exact(model: nn.Module, what: str) -> None:
    """An error for a folded model where an analysis looks inside."""
    card = getattr(model, "card", None)
    if card is not None and card.folded:
        raise ModelError(
            f"{what} asks the exact model",
            fact=f"this {card.name} is folded: what its operators do inside is multiplied out",
            hint="pass the model that dtfviz.fold was given",
        )
