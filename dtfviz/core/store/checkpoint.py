"""Checkpoint files: read without running anything they hold, written as safetensors that say what they are.

Readable: the authors' training files, bare state dicts (zip or the older pickle format of torch), safetensors, and our
own format, which is safetensors with a JSON record in its metadata. Pickles are read with torch's restricted unpickler
and a short list of harmless classes; there is no switch that turns this off.
"""

import argparse
import json
import os
import pickle
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from dtfviz.core.errors import CheckpointError
from dtfviz.core.store.digest import hash_file
from dtfviz.core.store.files import check_file
from dtfviz.core.store.scratch import replacing

HARMLESS: list[Any] = [argparse.Namespace]  # what training files hold besides tensors and plain values
STATE_KEYS = ("model", "state_dict", "model_state", "model_state_dict", "net", "module")
RECORD = "dtfviz"  # the key of our record in a safetensors file's metadata
ZIP, PICKLE = b"PK\x03\x04", b"\x80"

# everything that torch, zipfile and pickle were seen to raise on damaged files; see the mutation test
DAMAGE = (
    RuntimeError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    OSError,
    ArithmeticError,
    MemoryError,
    AssertionError,
    NotImplementedError,
    RecursionError,
    ModuleNotFoundError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    pickle.UnpicklingError,
)


@dataclass(frozen=True)
class Checkpoint:
    """What was found in a file of weights."""

    path: Path
    sha256: str
    kind: str  # "dtfviz", "safetensors", "training file" or "state dict"
    tensors: Mapping[str, Tensor]
    record: Mapping[str, Any] = field(default_factory=dict)  # what our own format says of the model


def read_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """The tensors of a file and what it says of them."""
    path = Path(path)
    head, size = open_safely(path)
    record: Mapping[str, Any] = {}
    if head.startswith(ZIP):
        check_archive(path, size)
        kind, tensors = find_tensors(path, load_pickled(path, mmap=True))
    elif looks_like_safetensors(head, size):  # before pickles: the length that it begins with may begin like one
        tensors, record = load_safetensors(path)
        kind = "dtfviz" if record else "safetensors"
    elif head.startswith(PICKLE):
        kind, tensors = find_tensors(path, load_pickled(path, mmap=False))
    else:
        raise not_readable(
            path, f"it begins with {head[:4]!r}, which is neither a torch archive, a pickle nor safetensors"
        )
    for name, tensor in tensors.items():
        check_tensor(path, name, tensor)
    return Checkpoint(path, hash_file(path), kind, tensors, record)


def write_checkpoint(path: str | os.PathLike[str], tensors: Mapping[str, Tensor], record: Mapping[str, Any]) -> None:
    """Our own format, the same bytes for the same content: with a second key beside the record, their order would be
    drawn anew.

    The file appears whole or not at all, and is as readable to others as any new file: safetensors would keep it to its
    owner.
    """
    flat = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(Path(path)) as partial:
        partial.touch()
        mode = partial.stat().st_mode
        try:
            save_file(flat, partial, metadata={RECORD: json.dumps(record)})
        except SafetensorError as error:  # how it tells of a disk
            raise OSError(first_line(error)) from error
        partial.chmod(mode)


# --- looking before reading -------------------------------------------------------------------------------------------
def open_safely(path: Path) -> tuple[bytes, int]:
    """The first bytes of a file and its size."""
    check_file(path, "a checkpoint", CheckpointError)
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(16)
    if size == 0:
        raise CheckpointError(f"{path}: is empty", fact="0 bytes", hint="copy or download the file again")
    return head, size


def looks_like_safetensors(head: bytes, size: int) -> bool:
    """By the length that such a file begins with."""
    return len(head) > 8 and head[8:9] == b"{" and struct.unpack("<Q", head[:8])[0] <= size - 8


def check_archive(path: Path, size: int) -> None:
    """A torch archive stores its entries as they are: a compressed or overlapping one is no checkpoint but a bomb."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if (
                any(entry.compress_type != zipfile.ZIP_STORED for entry in entries)
                or sum(entry.file_size for entry in entries) > size
            ):
                raise not_readable(path, f"its entries unpack to more than the {size} bytes of the file")
            for entry in entries:
                if entry.CRC:  # torch can be told to write none
                    with archive.open(entry) as stream:
                        while stream.read(1 << 20):  # raises BadZipFile where the checksum differs
                            pass
    except DAMAGE as error:
        raise not_readable(path, str(error)) from error


def check_tensor(path: Path, name: str, tensor: Tensor) -> None:
    """Stored once a value (no expanded views, which weigh nothing in the file and everything when copied), and
    finite.
    """
    if (
        tensor.layout != torch.strided
        or tensor.is_quantized
        or tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes()
    ):
        raise not_readable(path, f"{name} claims a shape of {tuple(tensor.shape)}, more than it stores")
    if (tensor.is_floating_point() or tensor.is_complex()) and not bool(torch.isfinite(tensor).all()):
        broken = int((~torch.isfinite(tensor)).sum())
        raise CheckpointError(
            f"{path}: {name} is not finite",
            fact=f"{broken} of {tensor.numel()} values are NaN or infinite",
            hint="use an earlier checkpoint of that training run",
        )


# --- reading ----------------------------------------------------------------------------------------------------------
def load_pickled(path: Path, *, mmap: bool) -> Any:
    """By torch's restricted unpickler."""
    try:
        with torch.serialization.safe_globals(HARMLESS), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's advice about unusual pickles is for those who write them
            return torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)
    except pickle.UnpicklingError as error:
        named = re.search(r"GLOBAL (\S+)", str(error))
        if named is None:
            raise not_readable(path, first_line(error)) from error
        raise CheckpointError(
            f"{path}: names {named.group(1)}, which is not on the list of harmless classes, so it was not read",
            fact="dtfviz never runs code from a file",
            hint="where the file is trusted: python -c \"import torch; torch.save(torch.load('IN', "
            "weights_only=False)['model'], 'OUT')\"",
        ) from error
    except DAMAGE as error:
        raise not_readable(path, first_line(error)) from error


def load_safetensors(path: Path) -> tuple[dict[str, Tensor], Mapping[str, Any]]:
    """Tensors and our record, where there is one."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            # clone: tensors of a mapped file can sit at addresses that complex arithmetic dislikes
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
        record = json.loads(metadata.get(RECORD, "{}"))
    except (SafetensorError, *DAMAGE) as error:
        raise not_readable(path, first_line(error)) from error
    if not tensors or not isinstance(record, dict):
        raise not_readable(path, "it holds no tensors" if not tensors else "its dtfviz record is not a JSON object")
    return tensors, record


def find_tensors(path: Path, loaded: Any) -> tuple[str, dict[str, Tensor]]:
    """The state dict in what a pickle held: the whole of it, or under the key that training scripts use."""
    if isinstance(loaded, dict):
        for key in STATE_KEYS:
            inner = loaded.get(key)
            if isinstance(inner, dict) and tensors_of(inner):
                return "training file", tensors_of(inner)
        if tensors_of(loaded):
            return "state dict", tensors_of(loaded)
    held = (
        f"a dict with {', '.join(map(repr, list(loaded)[:5]))}"
        if isinstance(loaded, dict)
        else f"a {type(loaded).__name__}"
    )
    raise not_readable(path, f"it holds {held}, but no state dict")


def tensors_of(state: Mapping[Any, Any]) -> dict[str, Tensor]:
    """What of a dict is a state dict."""
    return {name: value for name, value in state.items() if isinstance(name, str) and isinstance(value, Tensor)}


def not_readable(path: Path, fact: str) -> CheckpointError:
    """The error for a damaged file."""
    return CheckpointError(f"{path}: cannot be read as a checkpoint", fact=fact, hint="copy or download the file again")


def first_line(error: BaseException) -> str:
    """Of what an error says, and not too long."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
