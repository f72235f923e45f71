import argparse
from collections import Counter, OrderedDict
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from dtfviz.core.errors import CheckpointError
from dtfviz.core.store.checkpoint import read_checkpoint, read_held

FORMATS = pytest.mark.parametrize("is_archive", [True, False], ids=["archive", "legacy"])
BASE = torch.arange(60, dtype=torch.float32)
DTYPES = (
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.complex128),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
    *(torch.uint16, torch.uint32, torch.uint64, torch.float8_e4m3fn, torch.float8_e5m2),
)
STATES = {
    "every dtype": {str(dtype): torch.arange(5).to(dtype) for dtype in DTYPES},
    "views": {
        "slice": BASE[7:20:3],
        "transposed": BASE.view(6, 10).T,
        "tied": BASE,
        "corner": BASE.view(3, 4, 5)[1:, :2, 3:],
        "backwards in a copy": BASE.flip(0),
    },
    "small": {"scalar": torch.tensor(3.5), "none": torch.zeros(0), "boxes": torch.zeros(0, 4), "one": torch.ones(1)},
    "channels last": {"w": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)},
    "parameters": {"w": nn.Parameter(torch.randn(3)), "fixed": nn.Parameter(torch.randn(2), requires_grad=False)},
    "a module's": nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).state_dict(),
}
BESIDE = {
    "opt": argparse.Namespace(name="x", rates=[0.1, 0.2], nested=argparse.Namespace(a={1: 2})),
    "epoch": 3,
    "large": 1 << 200,
    "seen": {1, 2},
    "bytes": b"\x00\xff",
    "array": bytearray(b"abc"),
    "counts": Counter("abba"),
    "complex": 1j,
    "size": torch.Size([1, 2]),
    "device": torch.device("cpu"),
    "dtype": torch.float16,
    "layout": torch.strided,
    "path": ("a", None, True, -1.5),
    "moments": {0: {"step": torch.tensor(1.0), "exp_avg": torch.randn(3)}},
    "keys": {(1, 2): 3, None: 4, 2.5: "x"},
    "metadata": OrderedDict(version=1),
}


def test_all_of_a_file_is_read_where_all_is_asked_for(tmp_path):
    path, optimizer = tmp_path / "w.pth", torch.optim.AdamW([nn.Parameter(BASE.clone())])
    optimizer.param_groups[0]["params"][0].grad = BASE.clone()
    optimizer.step()
    state = {"step": 7, "optimizer": optimizer.state_dict(), "pair": (BASE, [BASE, "x"]), 3: None}
    torch.save(state, path)
    found = read_held(path)
    assert found["optimizer"]["param_groups"] == state["optimizer"]["param_groups"]
    assert {key: value.tolist() for key, value in found["optimizer"]["state"][0].items()} == {
        key: value.tolist() for key, value in state["optimizer"]["state"][0].items()
    }
    assert found["pair"][0] is found["pair"][1][0]
    assert torch.equal(found["pair"][0], BASE)
    assert (found["step"], found["pair"][1][1], found[3]) == (7, "x", None)


def test_lists_that_hold_each_other_many_times_are_read_once(tmp_path):
    path, many = tmp_path / "w.pth", [BASE]
    for _ in range(60):
        many = [many, many, (many, many)]
    many[0].append(many)
    torch.save(many, path)
    found = read_held(path)
    assert found[0] is found[1] is found[2][0]
    assert found[0][-1] is found


def with_attribute(tensor):
    tensor.origin = "elsewhere"
    return tensor


def same(one, other):
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    return torch.equal(*(tensor.contiguous().flatten().view(torch.uint8) for tensor in (one, other)))


@FORMATS
@pytest.mark.parametrize("name", STATES)
def test_a_state_dict_comes_back_as_it_was_saved(tmp_path, name, is_archive):
    path = tmp_path / "w.pth"
    torch.save(STATES[name], path, _use_new_zipfile_serialization=is_archive)
    found = read_checkpoint(path).tensors
    assert list(found) == list(STATES[name])
    assert all(same(found[key], value.detach()) for key, value in STATES[name].items())


@FORMATS
def test_whatever_torch_takes_may_stand_beside_the_weights(tmp_path, is_archive):
    path = tmp_path / "w.pth"
    torch.save(BESIDE | {"model": {"w": BASE}}, path, _use_new_zipfile_serialization=is_archive)
    checkpoint = read_checkpoint(path)
    assert checkpoint.kind == "training file"
    assert torch.equal(checkpoint.tensors["w"], BASE)


@FORMATS
def test_a_tensor_with_attributes_is_a_tensor(tmp_path, is_archive):
    path = tmp_path / "w.pth"
    state = {
        "w": with_attribute(torch.ones(3)),
        "p": with_attribute(nn.Parameter(torch.zeros(2))),
    }
    torch.save(state, path, _use_new_zipfile_serialization=is_archive)
    assert {name: tensor.tolist() for name, tensor in read_checkpoint(path).tensors.items()} == {
        "w": [1, 1, 1],
        "p": [0, 0],
    }


@FORMATS
def test_a_file_is_known_by_its_content_and_not_by_its_name(tmp_path, is_archive):
    path = tmp_path / "w.safetensors"
    torch.save({"w": BASE}, path, _use_new_zipfile_serialization=is_archive)
    assert torch.equal(read_checkpoint(path).tensors["w"], BASE)


def test_changing_what_was_read_changes_no_file(tmp_path):
    path = tmp_path / "w.pth"
    torch.save({"w": BASE}, path)
    before = path.read_bytes()
    read_checkpoint(path).tensors["w"].zero_()
    assert path.read_bytes() == before
    assert torch.equal(read_checkpoint(path).tensors["w"], BASE)


def quantised():
    return torch.quantize_per_tensor(torch.ones(4), 0.1, 0, torch.qint8)


ODD = {
    "quantised": quantised,
    "sparse": lambda: torch.eye(3).to_sparse(),
    "meta": lambda: torch.empty(10**9, device="meta"),
}


@FORMATS
@pytest.mark.parametrize("kind", ODD)
@pytest.mark.filterwarnings("ignore")
def test_a_tensor_that_is_no_plain_array_is_named_with_its_kind(tmp_path, kind, is_archive):
    path = tmp_path / "w.pth"
    torch.save({"a.weight": ODD[kind](), "b": torch.ones(2)}, path, _use_new_zipfile_serialization=is_archive)
    with pytest.raises(CheckpointError) as caught:
        read_checkpoint(path)
    assert "a.weight" in caught.value.fact or "QInt8Storage" in caught.value.fact
    assert kind in caught.value.fact or "not of plain numbers" in caught.value.fact


@FORMATS
def test_a_file_of_the_other_byte_order_is_said_to_be_one(tmp_path, monkeypatch, is_archive):
    path = tmp_path / "w.pth"
    monkeypatch.setattr("sys.byteorder", "big")
    torch.save({"w": torch.ones(2, dtype=torch.uint8)}, path, _use_new_zipfile_serialization=is_archive)
    with pytest.raises(CheckpointError) as caught:
        read_checkpoint(path)
    assert caught.value.fact == "its values are big-endian"


def test_a_whole_module_is_refused_by_name(tmp_path):
    path = tmp_path / "w.pth"
    torch.save(nn.Linear(2, 2), path)
    with pytest.raises(CheckpointError, match=r"names torch\.nn\.modules\.linear\.Linear"):
        read_checkpoint(path)
    torch.save({"model": {"w": BASE}, "x": SimpleNamespace()}, path)
    with pytest.raises(CheckpointError, match=r"names types\.SimpleNamespace"):
        read_checkpoint(path)
