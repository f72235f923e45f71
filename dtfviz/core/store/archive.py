"""The two formats of torch: what their pickle says, and where in the file the values lie that it speaks of."""

import math
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from mmap import ACCESS_COPY, mmap
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dtfviz.core.store.pickled import Pickled, Storage, Stored, read_pickle

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # how the older format begins
ALIGNED = 64  # bytes: torch.save begins every storage of an archive at a multiple; elsewhere kernels would trip
KINDS = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
    "ComplexFloatStorage": torch.complex64,
    "ComplexDoubleStorage": torch.complex128,
    "UntypedStorage": torch.uint8,
}
LATER = ("uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz")
DTYPES = {name: getattr(torch, name) for name in LATER} | {str(kind)[6:]: kind for kind in KINDS.values()}


@dataclass(frozen=True)
class TorchFile:
    """What a file's pickle holds, the file in memory as it lies on the disk, and where each storage is in it."""

    content: object
    mapped: mmap
    places: Mapping[str, slice]


def map_file(path: Path) -> mmap:
    """Pages are read when they are looked at, and none is ever written back."""
    with path.open("rb") as file:
        return mmap(file.fileno(), 0, access=ACCESS_COPY)


# --- archives ---------------------------------------------------------------------------------------------------------
def open_archive(path: Path) -> TorchFile:
    """The format of today: a zip archive that stores its entries as they are."""
    mapped = map_file(path)
    with zipfile.ZipFile(path) as archive:
        entries = check_entries(archive, len(mapped))
        if "byteorder" in entries and archive.read(entries["byteorder"]) != b"little":
            raise ValueError("its values are big-endian")
        content = read_pickle(archive.read(entries["data.pkl"])).content
    stored = {name: entry for name, entry in entries.items() if name.startswith("data/")}
    return TorchFile(content, mapped, {name[5:]: place_of(mapped, entry) for name, entry in stored.items()})


def check_entries(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """The entries by their names inside the one folder: a compressed or overlapping one is no checkpoint but a bomb."""
    entries = archive.infolist()
    is_stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
    if not is_stored or sum(entry.file_size for entry in entries) > size:
        raise ValueError(f"its entries unpack to more than the {size} bytes of the file")
    for entry in entries:
        if entry.CRC:  # torch can be told to write none
            with archive.open(entry) as stream:
                while stream.read(1 << 20):  # raises BadZipFile where the checksum differs
                    pass
    found = {entry.filename.partition("/")[2]: entry for entry in entries}
    if "data.pkl" not in found:
        raise ValueError("an archive without a data.pkl, so not one of torch")
    return found


def place_of(mapped: mmap, entry: zipfile.ZipInfo) -> slice:
    """Where an entry's bytes lie, behind its own header."""
    name, extra = struct.unpack_from("<HH", mapped, entry.header_offset + 26)
    start = entry.header_offset + 30 + name + extra
    return slice(start, start + entry.file_size)


# --- the older format -------------------------------------------------------------------------------------------------
def open_legacy(path: Path) -> TorchFile:
    """Pickles one after the other (a magic number, a version, the machine, the object, the keys), then the storages."""
    mapped = map_file(path)
    magic, protocol, machine = (read_pickle(mapped).content for _ in range(3))
    if (magic, protocol) != (MAGIC, PROTOCOL):
        raise ValueError("a pickle, and not one of torch")
    if isinstance(machine, dict) and machine.get("little_endian") is False:
        raise ValueError("its values are big-endian")
    pickled, keys = read_pickle(mapped), read_pickle(mapped).content
    return TorchFile(pickled.content, mapped, place_storages(mapped, pickled, keys))


def place_storages(mapped: mmap, pickled: Pickled, keys: object) -> dict[str, slice]:
    """They follow in the order of the keys, each behind its number of values."""
    places, at = {}, mapped.tell()
    if not isinstance(keys, list) or not all(isinstance(key, str) and key in pickled.storages for key in keys):
        raise ValueError("it holds storages that nothing in it speaks of")
    for storage in map(pickled.storages.__getitem__, keys):
        (count,) = struct.unpack_from("<q", mapped, at)
        if count != storage.count:
            raise ValueError(f"a storage of {count} values is said to have {storage.count}")
        start = at + 8
        at = start + count * dtype_of(storage).itemsize
        places[storage.key] = slice(start, at)
    return places


# --- tensors ----------------------------------------------------------------------------------------------------------
def make_tensors(file: TorchFile, stored: Mapping[str, Stored]) -> dict[str, Tensor]:
    """The tensors that are asked for; nothing else of the file is read."""
    raw = cache(partial(bytes_of, file))
    return {name: tensor_of(name, one, raw(one.storage.key)) for name, one in stored.items()}


def fill_in(file: TorchFile) -> Any:
    """What a file holds, with its tensors in their places. What is met twice is filled once: a few lists within each
    other can have more paths to a tensor than there are atoms.
    """
    raw = cache(partial(bytes_of, file))
    done: dict[int, Any] = {}

    def fill(value: Any) -> Any:
        if id(value) in done:
            return done[id(value)]
        done[id(value)] = value
        if isinstance(value, Stored):
            done[id(value)] = tensor_of("a tensor", value, raw(value.storage.key))
        elif isinstance(value, tuple):
            done[id(value)] = tuple(map(fill, value))
        for place in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
            value[place] = fill(value[place])
        return done[id(value)]

    return fill(file.content)


def bytes_of(file: TorchFile, key: str) -> Tensor:
    """A storage; copied where it lies crooked."""
    if key not in file.places:
        raise ValueError(f"it lacks the storage {key:.80}")
    place = file.places[key]
    if place.stop > len(file.mapped):
        raise ValueError("the file ends before its values do")
    if place.start == place.stop:
        return torch.empty(0, dtype=torch.uint8)
    raw = torch.frombuffer(file.mapped, dtype=torch.uint8, offset=place.start, count=place.stop - place.start)
    return raw if place.start % ALIGNED == 0 else raw.clone()


def tensor_of(name: str, stored: Stored, raw: Tensor) -> Tensor:
    """A view of a storage; an error where it reaches beyond."""
    dtype = DTYPES[stored.dtype] if stored.dtype else dtype_of(stored.storage)
    first = stored.storage.start + stored.offset
    held, numel = len(raw) // dtype.itemsize, math.prod(stored.shape)
    pairs = zip(stored.shape, stored.stride, strict=True)
    last = first + sum((size - 1) * step for size, step in pairs)
    if numel and (last >= held or numel > held):
        raise ValueError(f"{name:.80} claims a shape of {stored.shape}, more than it stores")
    if not numel:
        return torch.empty(stored.shape, dtype=dtype)
    return raw[: held * dtype.itemsize].view(dtype).as_strided(stored.shape, stored.stride, first)


def dtype_of(storage: Storage) -> torch.dtype:
    """Of a storage's values; quantised ones are of no use without their scales."""
    if storage.kind not in KINDS:
        raise ValueError(f"it holds a {storage.kind}, which is not of plain numbers")
    return KINDS[storage.kind]
