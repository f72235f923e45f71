"""Which temporal operators a model has. They are found by looking at its modules; no card needs to announce them."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from torch import nn

from dtfviz.core.errors import ModelError, OptionError, Use
from dtfviz.core.models.building import sketch
from dtfviz.core.models.card import Card, card_of, stages_of
from dtfviz.core.models.catalogue import MODELS
from dtfviz.core.models.fold import check_exact
from dtfviz.core.models.seams import FixedKernels, PredictedTaps, SpectralFilters


@dataclass(frozen=True)
class Operator:
    """A temporal operator, and where in the model it stands."""

    layer: str  # where it was looked for
    path: str
    module: nn.Module


def mixes_steps(module: nn.Module) -> bool:
    """A convolution whose temporal kernel equals its stride makes steps of frames; it does not mix steps."""
    if isinstance(module, nn.Conv3d):
        return module.kernel_size[0] > max(1, module.stride[0])
    return isinstance(module, SpectralFilters | FixedKernels | PredictedTaps)


def operators_of(model: nn.Module) -> dict[str, nn.Module]:
    """Path -> outermost temporal operator, in the order of the model."""
    found: dict[str, nn.Module] = {}
    for path, module in model.named_modules():
        if mixes_steps(module) and not any(path.startswith(f"{outer}.") for outer in found):
            found[path] = module
    return found


def find_operator(model: nn.Module, layer: str | None = None) -> Operator:
    """The last operator of a layer, a DTF block before others. By default of the card's layer, or of the last one
    that has any.
    """
    check_exact(model, "what filters let through")
    card, operators = card_of(model), operators_of(model)
    if not operators:
        raise has_none(card)
    name = layer or card.filter_layer or card.default_layer
    found = inside(operators, name)
    if found:
        return Operator(name, found[-1], operators[found[-1]])
    if layer is not None:
        raise not_there(card, operators, layer)
    path = inside(operators)[-1]
    return Operator(path, path, operators[path])


def layers_with_operators(model: nn.Module) -> list[str]:
    """The stages of a model that have a temporal operator; the operators themselves where it names no such stage."""
    card, operators = card_of(model), operators_of(model)
    if not operators:
        raise has_none(card)
    return [stage.name for stage in stages_of(card.layers) if inside(operators, stage.name)] or list(operators)


def inside(operators: Mapping[str, nn.Module], layer: str = "") -> list[str]:
    """Paths of a layer's DTF blocks, or of its other operators where it has none; without a layer, of the whole
    model's.
    """
    paths = [path for path in operators if not layer or path == layer or path.startswith(f"{layer}.")]
    return [path for path in paths if isinstance(operators[path], SpectralFilters)] or paths


def has_none(card: Card) -> ModelError:
    """An error that names the models which have a temporal operator."""
    able = ", ".join(name for name in MODELS if operators_of(sketch(name)))
    return ModelError(
        f"{card.name} has no temporal filter: no DTF block, temporal convolution or shift",
        fact=f"{able} have one, and so has any model with a convolution over steps",
        hint=Use("model", "dtf_net_r50"),
    )


def not_there(card: Card, operators: Mapping[str, nn.Module], layer: str) -> OptionError:
    """An error that names the layers which have a temporal operator."""
    names = [known.name for known in card.layers]
    able = [name for name in names if inside(operators, name)] or list(operators)
    what = (
        f"{layer} of {card.name} has no temporal filter"
        if layer in names
        else f"{card.name} has no layer called {layer!r}"
    )
    meant = get_close_matches(layer, able, n=1, cutoff=0.4) or [able[-1]]
    return OptionError(what, fact=f"layers that have one: {', '.join(able)}", hint=Use("layer", meant[0]))
