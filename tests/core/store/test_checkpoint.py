import argparse
import os
import pickle
import random
import resource
import struct
import zipfile
from pathlib import Path

import pytest
import torch
from recipe import fill_seeded
from safetensors.torch import save_file

from dtfviz.core.errors import CheckpointError, DtfvizError, OutputError
from dtfviz.core.models.building import build_model
from dtfviz.core.models.loading.load import record_of
from dtfviz.core.models.loading.model import load_model
from dtfviz.core.store.checkpoint import read_checkpoint, replacing, write_checkpoint

TINY = {"depths": (1, 1), "widths": (8, 16), "strides": (1, 2), "expansion": 2, "stem_width": 8, "factor_g": 8}


@pytest.fixture(scope="session")
def tiny():
    """A trained-looking net of a few kilobytes."""
    return fill_seeded(build_model("dtf_net_r50", num_classes=5, **TINY), 1)


def as_training_file(model):
    """The layout of the authors' training files."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.04, momentum=0.9)
    return {
        "opt": argparse.Namespace(net_name="c2d_dtf_resnet50", clip_length=16, C={"net": {"name": "x"}}, world_size=4),
        "model": {f"module.{name}": tensor for name, tensor in model.state_dict().items()},
        "optimizer": optimizer.state_dict(),
        "scheduler": {"multiplier": 100, "after_scheduler": {"T_max": 630, "_last_lr": [0.04]}, "finished": False},
        "epoch": 3,
    }


@pytest.fixture(scope="session")
def good_files(tiny, tmp_path_factory) -> dict[str, Path]:
    """One file of every kind, all with the same weights."""
    folder, state = tmp_path_factory.mktemp("good"), tiny.state_dict()
    files = {kind: folder / f"{kind}.pth" for kind in ("training file", "legacy", "state dict")}
    torch.save(as_training_file(tiny), files["training file"])
    torch.save(state, files["legacy"], _use_new_zipfile_serialization=False)
    torch.save(state, files["state dict"])
    files |= {kind: folder / f"{kind}.safetensors" for kind in ("safetensors", "dtfviz")}
    save_file(state, files["safetensors"])
    write_checkpoint(files["dtfviz"], state, record_of(tiny, {"file": "tiny.pth"}))
    return files


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("training file", "training file"),
        ("legacy", "state dict"),
        ("state dict", "state dict"),
        ("safetensors", "safetensors"),
        ("dtfviz", "dtfviz"),
    ],
)
def test_every_kind_of_file_gives_the_same_tensors(tiny, good_files, file, kind):
    checkpoint = read_checkpoint(good_files[file])
    tensors = {name.removeprefix("module."): tensor for name, tensor in checkpoint.tensors.items()}
    assert checkpoint.kind == kind
    assert bool(checkpoint.record) == (file == "dtfviz")
    assert tensors.keys() == tiny.state_dict().keys()
    assert all(torch.equal(tensor, tiny.state_dict()[name]) for name, tensor in tensors.items())


def test_a_safetensors_file_whose_length_begins_like_a_pickle_is_still_one(tmp_path):
    path = tmp_path / "w.safetensors"
    for pad in range(0, 256, 8):
        save_file({"w": torch.zeros(1)}, path, metadata={"pad": "x" * pad})
        if path.read_bytes()[:1] == b"\x80":
            break
    assert path.read_bytes()[:1] == b"\x80"
    assert read_checkpoint(path).kind == "safetensors"


# --- nothing in a file is ever run ------------------------------------------------------------------------------------
class Command:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("new_format", [True, False])
@pytest.mark.parametrize("place", ["inside", "beside"])
def test_a_pickle_that_names_a_command_is_refused_by_name_and_not_run(tmp_path, new_format, place):
    evidence, file = tmp_path / "ran", tmp_path / "evil.pth"
    command = Command(evidence)
    torch.save(
        {"model": {"w": command}} if place == "inside" else {"w": torch.zeros(2), "x": command},
        file,
        _use_new_zipfile_serialization=new_format,
    )
    with pytest.raises(CheckpointError, match=r"names (posix|nt)\.system") as caught:
        load_model(checkpoint=file)
    assert caught.value.exit_code == 3
    assert "never runs code" in str(caught.value)
    assert not evidence.exists()


def test_a_bare_pickle_is_not_run_either(tmp_path):
    evidence, file = tmp_path / "ran", tmp_path / "evil.pkl"
    file.write_bytes(pickle.dumps(Command(evidence)))
    with pytest.raises(CheckpointError):
        read_checkpoint(file)
    assert not evidence.exists()


# --- files that are not what they should be ---------------------------------------------------------------------------
def compressed_archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data.pkl", b"\0" * 50_000_000)


def overlapping_archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bomb/data.pkl", b"x" * 1000)
        entry = archive.filelist[0]
        archive.filelist += [entry] * 50


def huge_header(path: Path) -> None:
    path.write_bytes(struct.pack("<Q", 1 << 60) + b'{"a":')


def absurd_shape(path: Path) -> None:
    header = b'{"w":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,8]}}'
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 8)


def expanded_view(path: Path) -> None:
    torch.save({"w": torch.zeros(1).expand(10**6, 10**6)}, path)


def damaged_weights(path: Path) -> None:
    torch.save({"w": torch.zeros(5000)}, path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


BAD = {
    "0 bytes": lambda path: path.write_bytes(b""),
    "is a folder": lambda path: path.mkdir(),
    "No such file": lambda path: None,
    "neither a torch archive": lambda path: path.write_text("hello, this is a text file"),
    "begins with b'ab'": lambda path: path.write_bytes(b"ab"),
    "unpack to more": compressed_archive,
    "unpack to more than": overlapping_archive,
    "neither a torch archive, a pickle": huge_header,
    "cannot be read": absurd_shape,
    "more than it stores": expanded_view,
    "CRC": damaged_weights,
    "no state dict": lambda path: torch.save({"epoch": 3, "loss": [0.1]}, path),
    "it holds a list": lambda path: torch.save([1, 2], path),
    "2 of 3 values are NaN": lambda path: torch.save({"w": torch.tensor([1.0, float("nan"), float("inf")])}, path),
    "is not a model that dtfviz knows": lambda path: torch.save({"w": torch.zeros(3)}, path),
}


@pytest.mark.parametrize("words", BAD)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_bad_file_is_said_to_be_one_and_why(tmp_path, words):
    file = tmp_path / "bad.pth"
    BAD[words](file)
    with pytest.raises(CheckpointError) as caught:
        load_model(checkpoint=file)
    assert words in str(caught.value)
    assert str(file) in caught.value.message
    assert caught.value.hint or caught.value.fact


def test_a_file_without_permission(tmp_path, monkeypatch):
    file = tmp_path / "locked.pth"
    file.write_bytes(b"x")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may read anything, so the file's own mode would prove nothing
    with pytest.raises(CheckpointError, match="Permission denied"):
        read_checkpoint(file)


# --- damage at random -------------------------------------------------------------------------------------------------
def mutate(data: bytes, chance: random.Random) -> bytes:
    """Truncated, flipped, cut, or with a piece of itself inserted; half of the time where the structure is."""
    damaged, kind = bytearray(data), chance.randrange(4)
    near = min(len(data), 4096) if chance.random() < 0.5 else len(data)
    at = chance.randrange(near)
    if kind == 0:
        return data[:at]
    if kind == 1:
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(near)] ^= 1 << chance.randrange(8)
        return bytes(damaged)
    size = chance.randint(1, 64)
    if kind == 2:
        del damaged[at : at + size]
    else:
        damaged[at:at] = data[chance.randrange(len(data)) :][:size]
    return bytes(damaged)


@pytest.mark.parametrize("kind", ["training file", "legacy", "safetensors", "dtfviz"])
def test_a_hundred_damaged_files_each_load_or_say_why_not(good_files, tmp_path, kind):
    good, chance, outcomes = good_files[kind].read_bytes(), random.Random(kind), []
    file = tmp_path / "damaged"
    load_model(checkpoint=good_files[kind])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(100):
        file.write_bytes(mutate(good, chance))
        try:
            load_model(checkpoint=file)
            outcomes.append(0)
        except DtfvizError as error:  # anything else is a bug, and fails the test
            outcomes.append(error.exit_code)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert set(outcomes) <= {0, 3, 4}
    assert outcomes.count(0) < 70
    assert grown < 200_000  # kilobytes; every good file is under 200


@pytest.mark.parametrize("kind", ["training file", "safetensors"])
def test_truncated_at_any_byte(good_files, tmp_path, kind):
    good, file = good_files[kind].read_bytes(), tmp_path / "short"
    for size in {*range(0, 64), *range(64, len(good), len(good) // 60), len(good) - 1}:
        file.write_bytes(good[:size])
        with pytest.raises(CheckpointError):
            read_checkpoint(file)


# --- writing ----------------------------------------------------------------------------------------------------------
def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_checkpoint(tmp_path / "no" / "out.safetensors", {"w": torch.zeros(2)}, {})
    assert not list(tmp_path.iterdir())


def test_two_that_write_one_file_at_once_do_not_meet(tmp_path):
    path = tmp_path / "out.safetensors"
    with replacing(path) as first:
        first.write_bytes(b"first")
        with replacing(path) as second:
            second.write_bytes(b"second")
        assert path.read_bytes() == b"second"
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_file_is_as_readable_to_others_as_any_new_file(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        write_checkpoint(tmp_path / "out.safetensors", {"w": torch.zeros(2)}, {})
    finally:
        os.umask(before)
    assert (tmp_path / "out.safetensors").stat().st_mode & 0o777 == mode
