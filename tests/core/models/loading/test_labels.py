import json

import pytest
import torch

import dtfviz
from dtfviz.core.errors import InputError, ModelError
from dtfviz.core.models.building import build_model
from dtfviz.core.models.loading.labels import UNVERIFIED, read_names, with_labels


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("names.txt", "jump\nrun fast\n\nwalk\n"),
        ("names.json", json.dumps(["jump", "run fast", "walk"])),
        ("names.json", json.dumps({"1": "run fast", "0": "jump", "2": "walk"})),
        ("names.json", json.dumps({"walk": 2, "jump": 0, "run fast": 1})),
    ],
)
def test_names_are_read_in_the_order_of_the_classes(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    assert read_names(path) == ("jump", "run fast", "walk")


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.json", b"{"), ("a.json", b"3"), ("a.json", b'{"0": "a", "5": "b"}'), ("a.txt", b"\xff\xfe\x00")],
)
def test_names_that_cannot_be_read_are_an_input_error(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match="names"):
        read_names(tmp_path / name)


def test_kinetics_names_come_with_a_warning():
    with torch.device("meta"):
        model = build_model("dtf_net_r50")
    with_labels(model, "kinetics400")
    assert (len(model.card.classes), model.card.classes[0], model.card.classes_note) == (400, "abseiling", UNVERIFIED)


def test_the_wrong_number_of_names_is_refused_with_both_numbers(tmp_path):
    (tmp_path / "names.txt").write_text("a\nb")
    with pytest.raises(ModelError, match="2 names, dtf_net_r50 has 5 classes"):
        dtfviz.load_model("dtf_net_r50", num_classes=5, labels=tmp_path / "names.txt")
