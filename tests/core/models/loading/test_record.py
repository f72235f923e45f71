import json
from inspect import signature
from math import inf, nan
from pathlib import Path

import pytest

from dtfviz.core.errors import CheckpointError, DtfvizError
from dtfviz.core.models.building import build_model
from dtfviz.core.models.catalogue import Wishes
from dtfviz.core.models.families import FAMILIES
from dtfviz.core.models.families import load as load_target
from dtfviz.core.models.loading.load import load, record_of
from dtfviz.core.models.loading.record import FIELDS, READERS, reader_of
from dtfviz.core.store.checkpoint import Checkpoint, read_checkpoint, write_checkpoint

NET = {"depths": (1, 1), "widths": (8, 16), "strides": (1, 2), "expansion": 2, "stem_width": 8, "factor_g": 8}
SWIN = {"depths": (1, 1), "heads": (1, 2), "embed": 8, "window": 4, "factor_g": 8}
WILD = {
    "null": None,
    "true": True,
    "nought": 0,
    "negative": -1,
    "a half": 1.5,
    "a thousand millions": 10**9,
    "400 digits": 10**400,
    "nan": nan,
    "infinity": inf,
    "a word": "x",
    "a superscript": "²",
    "a long word": "x" * 10**5,
    "an empty list": [],
    "a list": [1],
    "a list of words": ["x", "y"],
    "a list of huge counts": [10**9, 10**9],
    "a list of everything": [None, {}, [], "x", nan],
    "a long list": [1] * 10**5,
    "an empty object": {},
    "an object": {"x": 1},
}
FITS = {  # what of it is as good as any other
    "model": {"a word", "a superscript"},
    "classes": {"null", "a list of words"},
    "classes_note": {"a word", "a superscript"},
    "default_layer": {"a word", "a superscript"},  # ours to say
    "untrained": {"an empty list"},
    "answer": {"an empty object"},
    "dropout": {"nought"},
    "drop_path": {"nought", "negative", "a half"},  # taken while training alone
    "alpha_init": {"nought", "negative", "a half"},
}


@pytest.fixture(scope="module")
def files():
    """One of each family, as our own format has them."""
    found = {}
    for name, size, arguments in (("dtf_net_r50", 64, NET), ("dtf_swin_s", 64, SWIN)):
        model = build_model(name, frames=8, size=size, num_classes=2, **arguments)
        found[model.card.family] = (model.state_dict(), record_of(model, {"recipe": {"dense": True}}))
    return found


def end_of(tensors, record) -> str:
    """What becomes of it: a model, or one error of ours that is soon said."""
    try:
        model, _ = load(Checkpoint(Path("w.safetensors"), "", "dtfviz", tensors, record), Wishes())
    except DtfvizError as error:
        return "refused" if error.exit_code in (3, 4) and len(str(error)) < 700 else str(error)
    return model.card.trust


def test_the_files_are_good_before_they_lie(files):
    assert [end_of(*file) for file in files.values()] == ["trained", "trained"]


@pytest.mark.parametrize("what", WILD)
@pytest.mark.parametrize("name", FIELDS)
def test_a_wild_field_is_one_error(files, name, what):
    tensors, record = files["dtf_net"]
    wanted = "trained" if what in FITS.get(name, ()) else "refused"
    assert end_of(tensors, record | {name: WILD[what]}) == wanted


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_that_is_not_there_is_named(files, name):
    tensors, record = files["dtf_net"]
    record = {key: value for key, value in record.items() if key != name}
    if name == "answer":
        assert end_of(tensors, record) == "trained"
        return
    with pytest.raises(CheckpointError) as caught:
        load(Checkpoint(Path("w.safetensors"), "", "dtfviz", tensors, record), Wishes())
    assert caught.value.fact == f"it has no {name!r}"


@pytest.mark.parametrize("what", WILD)
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_a_wild_argument_is_one_error(files, family, what):
    tensors, record = files[family]
    for name in record["arguments"]:
        if name in ("frames", "size"):
            continue  # fields of their own
        wanted = "trained" if what in FITS.get(name, ()) else "refused"
        assert end_of(tensors, record | {"arguments": record["arguments"] | {name: WILD[what]}}) == wanted, name


@pytest.mark.parametrize("family", FAMILIES)
def test_every_argument_of_a_builder_is_checked(family):
    wanted = signature(load_target(FAMILIES[family].builder)).parameters
    assert all(reader_of(wanted, name) in READERS.values() for name in wanted)


@pytest.mark.parametrize("field", ["provenance", "answer", "mean", "x"])
def test_a_record_nested_deeply_is_refused_wherever_it_is(files, tmp_path, field):
    tensors, record = files["dtf_net"]
    path, deep = tmp_path / "w.safetensors", json.loads("[" * 200 + "]" * 200)
    write_checkpoint(path, tensors, record | {field: deep})
    with pytest.raises(CheckpointError) as caught:
        read_checkpoint(path)
    assert caught.value.fact == "its dtfviz record is nested more than 32 times"
