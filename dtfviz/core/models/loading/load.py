"""From a checkpoint file to a model that holds its weights, with a report of what became of every tensor."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

import torch
from torch import nn

from dtfviz.core.errors import CheckpointError, DtfvizError, ModelError, Try, Use
from dtfviz.core.models.building import build
from dtfviz.core.models.card import card_of, give_card
from dtfviz.core.models.catalogue import MODELS, Wishes
from dtfviz.core.models.families import Arguments, Recognised
from dtfviz.core.models.loading.naming import inflate_as, name_as, pair_names, unwrap
from dtfviz.core.models.loading.recognise import check_name, recognise
from dtfviz.core.models.loading.record import check_arguments, read_record
from dtfviz.core.models.loading.report import compare, fill, incomplete, sample
from dtfviz.core.results.load_report import LoadReport
from dtfviz.core.store.checkpoint import DAMAGE, Checkpoint
from dtfviz.core.store.runs import Facts

SCHEMA = 1  # of the record in our own format
LIGHT, HEAVIER = 64 << 20, 8  # bytes of any model that is built for a file, and bytes more for each that it holds


def load(checkpoint: Checkpoint, wishes: Wishes, *, partial: bool = False) -> tuple[nn.Module, LoadReport]:
    """The model that the file says it is, checked against what was asked for, with the file's weights."""
    plain = unwrap(checkpoint.tensors)
    pair_names(checkpoint.tensors, plain)  # before anything is read off names of which one is lost
    remarks: list[str] = []
    if checkpoint.record:
        make = from_record(checkpoint, wishes)
        tensors = name_as(str(checkpoint.record["family"]), plain)
    else:
        found = recognise(plain)
        if found is None:
            raise CheckpointError(
                f"{checkpoint.path}: is not a model that dtfviz knows",
                fact=f"it holds {len(plain)} tensors, the first called {sample(tuple(plain))}",
                hint=Try(("dtfviz", "models")),
            )
        make, arguments = from_shapes(checkpoint, found, wishes, remarks)
        check_arguments(checkpoint, found.family, arguments)
        tensors = name_as(found.family, plain)
        if found.is_image_model:
            tensors = inflate_as(found.family, tensors, arguments)
            remarks.append("an image model: its convolutions were inflated in time")
    blueprint = checked(checkpoint, make, device="meta")
    renamed = pair_names(checkpoint.tensors, tensors)
    check_weight(checkpoint, blueprint)
    report = replace(compare(checkpoint, blueprint, tensors, renamed), remarks=tuple(remarks))
    if report.untrained and not partial:
        raise incomplete(report)
    model = checked(checkpoint, make, device="cpu")
    fill(model, tensors, report)
    card = card_of(model)
    untrained = tuple(sorted({*card.untrained, *report.untrained}))
    give_card(model, replace(card, trained=report.matched > 0, untrained=untrained, weights_sha256=checkpoint.sha256))
    return model, report


def fill_foreign(model: nn.Module, checkpoint: Checkpoint, *, partial: bool = False) -> LoadReport:
    """Fill anyone's model with a file's weights: the names are the model's own, but for a prefix that wrappers add."""
    prefix = "" if any(name.startswith("module.") for name in model.state_dict()) else "module."
    names = {name: name.removeprefix(prefix) for name in checkpoint.tensors}
    tensors = {ours: checkpoint.tensors[theirs] for theirs, ours in names.items()}
    report = compare(
        checkpoint, model, tensors, tuple((theirs, ours) for theirs, ours in names.items() if theirs != ours)
    )
    if report.untrained and not partial:
        raise incomplete(report)
    fill(model, tensors, report)
    give_card(
        model,
        replace(
            card_of(model), trained=report.matched > 0, untrained=report.untrained, weights_sha256=checkpoint.sha256
        ),
    )
    return report


# --- which model ------------------------------------------------------------------------------------------------------
def from_shapes(
    checkpoint: Checkpoint, found: Recognised, wishes: Wishes, remarks: list[str]
) -> tuple[Callable[[], nn.Module], Arguments]:
    """How to build what the shapes describe, and its arguments; what they cannot tell is asked for or the default."""
    asked = wishes.name
    if asked is not None and (reason := check_name(asked, found)):
        raise ModelError(
            f"{checkpoint.path}: is not a {asked}", fact=reason, hint="leave the model out: it is read off the file"
        )
    agree(checkpoint, "frames", found.frames, wishes.frames, "it was made for {}-frame clips")
    agree(checkpoint, "size", found.size, wishes.size, "it was made for clips of {} pixels")
    name = asked or found.name
    entry = MODELS[name] if name else next(entry for entry in MODELS.values() if entry.family == found.family)
    arguments = dict(entry.arguments if name else {}) | found.arguments
    frames = found.frames or wishes.frames or entry.frames
    size = found.size or wishes.size or entry.size
    if found.frames is None:
        remarks.append(f"nothing in the file depends on the clip length: {frames} frames")
    for key in ("num_classes", "filter_layout"):
        if getattr(wishes, key) is not None:
            arguments[key] = getattr(wishes, key)

    def make() -> nn.Module:
        return build(name or found.family, found.family, arguments, frames, size, entry.default_layer)

    return make, arguments


def from_record(checkpoint: Checkpoint, wishes: Wishes) -> Callable[[], nn.Module]:
    """How to build what our own format says it is."""
    record = read_record(checkpoint)
    name, arguments = record.model, record.arguments
    if wishes.name is not None and wishes.name != name:
        raise ModelError(
            f"{checkpoint.path}: is a {name}, not a {wishes.name}", hint="leave the model out: it is read off the file"
        )
    stated = {key: arguments.get(key) for key in ("num_classes", "filter_layout")}
    for key, value in {"frames": record.frames, "size": record.size, **stated}.items():
        agree(checkpoint, key, value, getattr(wishes, key), "its record says {}")
    layer = MODELS[name].default_layer if name in MODELS else record.default_layer  # ours to say, not the file's

    def make() -> nn.Module:
        model = build(name, record.family, arguments, record.frames, record.size, layer)
        card = record.told(card_of(model))
        if card.classes is not None and len(card.classes) != card.num_classes:
            fact = f"{len(card.classes)} names, {card.num_classes} classes"
            raise ModelError("the record's class names do not fit its model", fact=fact)
        if strange := set(card.untrained).difference(model.state_dict()):
            raise ModelError("the record names untrained tensors that its model lacks", fact=f"{min(strange):.80}")
        give_card(model, card)
        return model

    return make


def agree(checkpoint: Checkpoint, what: str, in_file: int | str | None, asked: object, says: str) -> None:
    """An error where a file and what was asked for contradict each other."""
    if in_file is not None and asked is not None and in_file != asked:
        raise ModelError(
            f"{checkpoint.path}: {says.format(in_file)}, not {asked}",
            fact=f"its {what} cannot be changed",
            hint=Use(what, in_file),
        )


def checked(checkpoint: Checkpoint, make: Callable[[], nn.Module], *, device: str) -> nn.Module:
    """Built from what a file says: what cannot be built is the file's fault."""
    try:
        with torch.random.fork_rng(devices=[]), torch.device(device):
            torch.manual_seed(0)
            return make()
    except DtfvizError as error:
        raise ModelError(f"{checkpoint.path}: {error.message}", fact=error.fact) from error
    except DAMAGE as error:
        raise CheckpointError(f"{checkpoint.path}: describes a model that cannot be built", fact=str(error)) from error


def check_weight(checkpoint: Checkpoint, blueprint: nn.Module) -> None:
    """What a file leaves out has its bounds: a wide stem of nothing else must not become a wide model."""
    asked, held = (
        sum(tensor.nbytes for tensor in state.values()) for state in (blueprint.state_dict(), checkpoint.tensors)
    )
    if asked > LIGHT + HEAVIER * held:
        raise CheckpointError(
            f"{checkpoint.path}: describes a model of {asked / 1e6:,.0f} MB and holds {held / 1e6:,.1f} MB of it",
            hint="copy or download the file again",
        )


def record_of(model: nn.Module, provenance: Mapping[str, Any]) -> Facts:
    """What our own format says of a model: enough to build it again, and where its weights came from."""
    card = card_of(model)
    facts = (
        "family",
        "arguments",
        "frames",
        "size",
        "stride",
        "mean",
        "std",
        "classes",
        "classes_note",
        "default_layer",
        "untrained",
    )
    record = {"schema": SCHEMA, "model": card.name} | {fact: getattr(card, fact) for fact in facts}
    record["answer"] = asdict(card.answer)
    plain: Facts = json.loads(json.dumps(record | {"provenance": provenance}))
    return plain


def origin_of(source: Checkpoint) -> Mapping[str, Any]:
    """The provenance that a file states, or else the file itself."""
    stated: Mapping[str, Any] = source.record.get("provenance") or {
        "file": source.path.name,
        "kind": source.kind,
        "sha256": source.sha256,
    }
    return stated


def initialise(model: nn.Module, checkpoint: Checkpoint) -> LoadReport:
    """Begin from a file of another training: whatever of it fits the model is taken, image models inflated in time."""
    card = card_of(model)
    named = name_as(card.family, unwrap(checkpoint.tensors))
    tensors = inflate_as(card.family, named, card.arguments)
    report = compare(checkpoint, model, tensors, pair_names(checkpoint.tensors, tensors))
    if not report.matched:
        raise ModelError(
            f"{checkpoint.path}: nothing in it fits a {report.model}",
            fact=f"its tensors are {sample(report.unexpected)}",
        )
    fill(model, tensors, report)
    return report
