"""Checkpoint files: read without running anything they hold, written as safetensors that say what they are.

Readable: the authors' training files, bare state dicts (zip or the older pickle format of torch), safetensors, and our
own format, which is safetensors with a JSON record in its metadata. Pickles are read as data, and refused where they
name anything that is not on a short list; there is no switch that turns this off.
"""

import json
import math
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from dtfviz.core.errors import CheckpointError
from dtfviz.core.store.archive import TorchFile, fill_in, make_tensors, open_archive, open_legacy
from dtfviz.core.store.digest import hash_file
from dtfviz.core.store.files import check_file
from dtfviz.core.store.pickled import ANYTHING, Odd, Stored, UnknownNameError
from dtfviz.core.store.scratch import replacing

STATE_KEYS = ("model", "state_dict", "model_state", "model_state_dict", "net", "module")
RECORD = "dtfviz"  # the key of our record in a safetensors file's metadata
ZIP, PICKLE = b"PK\x03\x04", b"\x80"
SHARED = 8  # times that the values of a file may be named: some models have one tensor under two or three names
LONGEST = 1000  # characters of a tensor's name
DEEPEST = 32  # objects and lists within each other, of a record
EMPTY = 1024  # product of the sides of a tensor without values, but for those that are 0

# everything that torch, zipfile and pickletools were seen to raise on damaged files; see the mutation test
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
        with refusing(path):
            kind, tensors = read_state(open_archive(path))
    elif looks_like_safetensors(head, size):  # before pickles: the length that it begins with may begin like one
        tensors, record = load_safetensors(path)
        kind = "dtfviz" if record else "safetensors"
    elif head.startswith(PICKLE):
        with refusing(path):
            kind, tensors = read_state(open_legacy(path))
    else:
        raise not_readable(
            path, f"it begins with {head[:4]!r}, which is neither a torch archive, a pickle nor safetensors"
        )
    if sum(tensor.nbytes for tensor in tensors.values()) > SHARED * size:
        raise not_readable(path, f"its tensors claim more than {SHARED} times the {size} bytes of the file")
    with refusing(path):
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


def check_tensor(path: Path, name: str, tensor: Tensor) -> None:
    """Of a usual name, with sides that its values bear out, and finite."""
    if len(name) > LONGEST:
        raise not_readable(path, f"the name of a tensor has {len(name)} characters: {name:.40}...")
    extent = math.prod(max(1, side) for side in tensor.shape)
    if tensor.layout != torch.strided or extent > max(tensor.numel(), EMPTY):
        raise not_readable(path, f"{name:.80} claims a shape of {tuple(tensor.shape)}, more than it stores")
    if not (tensor.is_floating_point() or tensor.is_complex()):
        return
    plain = tensor if tensor.is_complex() or tensor.element_size() > 1 else tensor.float()  # float8 knows no isfinite
    if not bool(torch.isfinite(plain).all()):
        broken = int((~torch.isfinite(plain)).sum())
        raise CheckpointError(
            f"{path}: {name:.80} is not finite",
            fact=f"{broken} of {tensor.numel()} values are NaN or infinite",
            hint="use an earlier checkpoint of that training run",
        )


# --- reading ----------------------------------------------------------------------------------------------------------
@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Whatever a damaged or hostile file makes its reader raise is one error."""
    try:
        yield
    except UnknownNameError as error:
        raise CheckpointError(
            f"{path}: names {error}, which is not on the list of harmless classes, so it was not read",
            fact="dtfviz never runs code from a file",
            hint="where the file is trusted: python -c \"import torch; torch.save(torch.load('IN', "
            "weights_only=False)['model'], 'OUT')\"",
        ) from error
    except (SafetensorError, *DAMAGE) as error:
        raise not_readable(path, first_line(error)) from error


def read_held(path: Path) -> Any:
    """All that a file holds which torch has written, tensors and plain values; not what neither is."""
    with refusing(path):
        return fill_in(open_archive(path))


def load_safetensors(path: Path) -> tuple[dict[str, Tensor], Mapping[str, Any]]:
    """Tensors and our record, where there is one."""
    with refusing(path):
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            # clone: tensors of a mapped file can sit at addresses that complex arithmetic dislikes
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
        record = json.loads(metadata.get(RECORD, "{}"))
        if not tensors or not isinstance(record, dict):
            raise ValueError("it holds no tensors" if not tensors else "its dtfviz record is not a JSON object")
        if not is_shallow(record):
            raise ValueError(f"its dtfviz record is nested more than {DEEPEST} times")
    return tensors, record


def is_shallow(value: Any, levels: int = DEEPEST) -> bool:
    """Whether whoever walks through it again may do so by recursion."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels > 0 and all(is_shallow(one, levels - 1) for one in inside)


def read_state(file: TorchFile) -> tuple[str, dict[str, Tensor]]:
    """The state dict of a file, and of what kind that makes it."""
    kind, stored = find_state(file.content)
    return kind, make_tensors(file, stored)


def find_state(held: Any) -> tuple[str, dict[str, Stored]]:
    """The state dict in what a pickle held: the whole of it, or under the key that training scripts use."""
    if isinstance(held, dict):
        for key in STATE_KEYS:
            if found := tensors_of(held.get(key)):
                return "training file", found
        if found := tensors_of(held):
            return "state dict", found
        what = f"a dict with {', '.join(map(ascii, list(held)[:5])):.200}"
    else:
        what = "something else" if held is ANYTHING else f"a {type(held).__name__}"
    raise ValueError(f"it holds {what}, but no state dict")


def tensors_of(state: object) -> dict[str, Stored]:
    """What of a dict is a state dict; an error for tensors that are not plain."""
    items = state.items() if isinstance(state, dict) else ()
    found = {name: value for name, value in items if isinstance(name, str) and isinstance(value, Stored | Odd)}
    if odd := next(((name, value.kind) for name, value in found.items() if isinstance(value, Odd)), None):
        raise ValueError(f"its tensor {odd[0]:.80} is {odd[1]}, not a plain array of numbers")
    return {name: value for name, value in found.items() if isinstance(value, Stored)}


def not_readable(path: Path, fact: str) -> CheckpointError:
    """The error for a damaged file."""
    return CheckpointError(f"{path}: cannot be read as a checkpoint", fact=fact, hint="copy or download the file again")


def first_line(error: BaseException) -> str:
    """Of what an error says, and not too long."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
