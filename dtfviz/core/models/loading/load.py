"""From a checkpoint file to a model that holds its weights, with a report of what became of every tensor."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from math import inf, isfinite
from typing import Any

import torch
from torch import nn

from dtfviz.core.errors import CheckpointError, DtfvizError, ModelError, Try, Use
from dtfviz.core.models.answers import read_answer
from dtfviz.core.models.building import build
from dtfviz.core.models.card import card_of, give_card
from dtfviz.core.models.catalogue import MODELS, Wishes
from dtfviz.core.models.families import FAMILIES, Arguments, Recognised
from dtfviz.core.models.loading.naming import inflate_as, name_as, pair_names, unwrap
from dtfviz.core.models.loading.recognise import check_name, recognise
from dtfviz.core.models.loading.report import compare, fill, incomplete, sample
from dtfviz.core.results.load_report import LoadReport
from dtfviz.core.store.checkpoint import DAMAGE, Checkpoint
from dtfviz.core.store.runs import Facts

SCHEMA = 1  # of the record in our own format


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
                fact=f"it holds {len(plain)} tensors, the first called {', '.join(list(plain)[:3])}",
                hint=Try(("dtfviz", "models")),
            )
        make, arguments = from_shapes(checkpoint, found, wishes, remarks)
        tensors = name_as(found.family, plain)
        if found.is_image_model:
            tensors = inflate_as(found.family, tensors, arguments)
            remarks.append("an image model: its convolutions were inflated in time")
    blueprint = checked(checkpoint, make, device="meta")
    renamed = pair_names(checkpoint.tensors, tensors)
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
    record: Facts = dict(checkpoint.record)
    try:
        name, family, layer = str(record["model"]), str(record["family"]), str(record["default_layer"])
        FAMILIES[family]  # one that is not known is an incomplete record too
        layer = MODELS[name].default_layer if name in MODELS else layer  # where to look is ours to say, not the file's
        frames, size, stride = (as_count(record[key]) for key in ("frames", "size", "stride"))
        arguments, known = dict(record["arguments"]), known_of(record) | {"stride": stride}
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{checkpoint.path}: its dtfviz record is incomplete", fact=f"{type(error).__name__}: {error}"
        ) from error
    if sum(arguments.get("depths", ())) > len(checkpoint.tensors):
        raise CheckpointError(f"{checkpoint.path}: its record describes more blocks than the file has tensors")
    if wishes.name is not None and wishes.name != name:
        raise ModelError(
            f"{checkpoint.path}: is a {name}, not a {wishes.name}", hint="leave the model out: it is read off the file"
        )
    for key in ("frames", "size", "num_classes", "filter_layout"):
        agree(
            checkpoint,
            key,
            {"frames": frames, "size": size}.get(key, arguments.get(key)),
            getattr(wishes, key),
            "its record says {}",
        )

    def make() -> nn.Module:
        model, classes = build(name, family, arguments, frames, size, layer), known["classes"]
        if classes is not None and len(classes) != card_of(model).num_classes:
            fact = f"{len(classes)} names, {card_of(model).num_classes} classes"
            raise ModelError("the record's class names do not fit its model", fact=fact)
        give_card(model, replace(card_of(model), **known))
        return model

    return make


def known_of(record: Facts) -> Facts:
    """What a record tells a card beside what is built."""
    return {
        "classes": None if record["classes"] is None else as_names(record["classes"]),
        "classes_note": str(record["classes_note"]),
        "mean": as_colours(record["mean"], -inf),
        "std": as_colours(record["std"], 0),
        "untrained": as_names(record["untrained"]),
        "answer": read_answer(record.get("answer", {})),  # files of before say nothing: once, softmax
        "taught_evenly": was_dense(record),
    }


def as_count(value: Any) -> int:
    """A whole number from 1 on."""
    if isinstance(value, bool) or int(value) != value or value < 1:
        raise ValueError(f"{value!r} is no count")
    return int(value)


def as_colours(values: Any, lowest: float) -> tuple[float, ...]:
    """Three finite numbers above a lowest."""
    numbers = tuple(map(float, values))
    if len(numbers) != 3 or not all(isfinite(number) and number > lowest for number in numbers):
        raise ValueError(f"{values!r} are not three numbers above {lowest:g}")
    return numbers


def as_names(values: Any) -> tuple[str, ...]:
    """A list of words."""
    if not isinstance(values, list) or not all(isinstance(name, str) for name in values):
        raise ValueError(f"{values!r:.40} is no list of names")
    return tuple(values)


def was_dense(record: Facts) -> bool:
    """Whether the recipe of a model's training told every cell what is in its share of the frame."""
    origin = record.get("provenance")
    recipe = origin.get("recipe") if isinstance(origin, dict) else None
    return isinstance(recipe, dict) and bool(recipe.get("dense"))


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
