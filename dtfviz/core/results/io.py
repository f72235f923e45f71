"""Results on disk: every record as facts (`result.json`) and arrays (`result.npz`), and back as it was.

A field's type hint says how it is read, so a file says nothing of classes but which of RESULTS it holds: nothing that
it names is imported. What several records share (a clip under many maps) is kept once.
"""

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import lru_cache
from importlib import import_module
from math import isfinite
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from dtfviz.core.errors import InputError
from dtfviz.core.store.files import check_file, read_text
from dtfviz.core.store.runs import SCHEMA

RESULT = "result"  # the name of both files
Json = Any  # what json.loads gives: nothing is known of it until a hint has read it
Arrays = dict[str, NDArray[Any]]

# everything that json, zipfile and NumPy were seen to raise on damaged files
DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    RuntimeError,
    EOFError,
    MemoryError,
    ArithmeticError,
    BadZipFile,
    zlib.error,
    struct.error,
)


class DamagedError(ValueError):
    """What a file holds is not what its record needs; where, and why."""


# --- facts and arrays -------------------------------------------------------------------------------------------------
class Writer:
    """Takes a record apart; what it meets a second time becomes a reference to the first."""

    def __init__(self) -> None:
        self.arrays: Arrays = {}
        self.met: dict[int, str] = {}

    def encode(self, value: object, path: str) -> Json:
        if isinstance(value, np.ndarray):
            return {"array": self.met_before(value, path) or self.keep(value, path)}
        if is_dataclass(value):
            return self.encode_record(value, path)
        if isinstance(value, Mapping):
            pairs = [(key, self.encode(item, f"{path}[{key!r}]")) for key, item in value.items()]
            return dict(pairs) if all(isinstance(key, str) for key, _ in pairs) else [list(pair) for pair in pairs]
        if isinstance(value, tuple | list):
            return [self.encode(item, f"{path}.{number}") for number, item in enumerate(value)]
        return plain(value, path)

    def encode_record(self, record: Any, path: str) -> Json:
        if before := self.met_before(record, path):
            return {"same": before}
        facts = {part.name: self.encode(getattr(record, part.name), f"{path}.{part.name}") for part in fields(record)}
        return {"record": type(record).__name__} | facts

    def met_before(self, value: object, path: str) -> str | None:
        before = self.met.setdefault(id(value), path)
        return None if before == path else before

    def keep(self, array: NDArray[Any], path: str) -> str:
        self.arrays[path] = array
        return path


def plain(value: object, path: str) -> Json:
    """What JSON holds; numbers that it does not hold become words."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, Path):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{path}: a {type(value).__name__} cannot be kept in a result")


class Reader:
    """Puts a record together, by the type hints of its fields."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.arrays = arrays
        self.met: dict[str, object] = {}

    def decode(self, hint: Any, value: Json, path: str) -> Any:
        origin, parts = get_origin(hint), get_args(hint)
        if origin in (Union, UnionType):
            return self.decode_union(parts, value, path)
        if is_dataclass(hint):
            return self.decode_record((hint,), value, path)
        if origin is np.ndarray:
            return self.decode_array(value, path)
        if origin is tuple:
            return self.decode_tuple(parts, value, path)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return self.decode_mapping(parts[0], parts[1], value, path)
        return decode_plain(hint, value, path)

    def decode_union(self, hints: tuple[Any, ...], value: Json, path: str) -> Any:
        if value is None and NoneType in hints:
            return None
        others = tuple(hint for hint in hints if hint is not NoneType)
        return self.decode_record(others, value, path) if len(others) > 1 else self.decode(others[0], value, path)

    def decode_record(self, kinds: tuple[Any, ...], value: Json, path: str) -> Any:
        if not isinstance(value, dict):
            raise DamagedError(f"{path} is no record")
        if "same" in value:
            found = self.met.get(value["same"])
            if not isinstance(found, kinds):
                raise DamagedError(f"{path} refers to {value['same']!r}, which is not there")
            return found
        kind = next((kind for kind in kinds if kind.__name__ == value.get("record")), None)
        if kind is None:
            raise DamagedError(f"{path} is a {value.get('record')!r}, not a {kinds[0].__name__}")
        hints = hints_of(kind)
        lacking = [part.name for part in fields(kind) if part.name not in value and is_needed(part)]
        if lacking:
            raise DamagedError(f"{path} has no {lacking[0]}")
        held = {name: hint for name, hint in hints.items() if name in value}
        made = kind(**{name: self.decode(hint, value[name], f"{path}.{name}") for name, hint in held.items()})
        self.met[path] = made
        return made

    def decode_array(self, value: Json, path: str) -> NDArray[Any]:
        name = value.get("array") if isinstance(value, dict) else None
        if not isinstance(name, str) or name not in self.arrays:
            raise DamagedError(f"{path} names no array that is there")
        return self.arrays[name]

    def decode_tuple(self, hints: tuple[Any, ...], value: Json, path: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise DamagedError(f"{path} is no list")
        if len(hints) == 2 and hints[1] is Ellipsis:
            hints = (hints[0],) * len(value)
        if len(hints) != len(value):
            raise DamagedError(f"{path} has {len(value)} items, not {len(hints)}")
        items = zip(hints, value, strict=True)
        return tuple(self.decode(hint, item, f"{path}.{number}") for number, (hint, item) in enumerate(items))

    def decode_mapping(self, key: Any, item: Any, value: Json, path: str) -> dict[Any, Any]:
        pairs = list(value.items()) if isinstance(value, dict) else value
        if not isinstance(pairs, list) or not all(len(pair) == 2 for pair in pairs):
            raise DamagedError(f"{path} is no mapping")
        return {decode_plain(key, name, path): self.decode(item, held, f"{path}[{name!r}]") for name, held in pairs}


def decode_plain(hint: Any, value: Json, path: str) -> Any:
    """A number, a word or a path, of just the kind that is wanted."""
    if hint is float and (value in ("nan", "inf", "-inf") or (isinstance(value, int) and not isinstance(value, bool))):
        return float(value)
    if hint is Path and isinstance(value, str):
        return Path(value)
    if isinstance(hint, type) and isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    raise DamagedError(f"{path} is {value!r:.40}, no {getattr(hint, '__name__', hint)}")


def is_needed(part: "Field[Any]") -> bool:
    """Whether a record cannot be made without it: what came later has a default, so that older files are read."""
    return part.default is MISSING and part.default_factory is MISSING


@lru_cache
def hints_of(kind: type) -> Mapping[str, Any]:
    """The fields of a record with their types."""
    hints = get_type_hints(kind)
    return {part.name: hints[part.name] for part in fields(kind)}


# --- files ------------------------------------------------------------------------------------------------------------
def store(record: object, folder: Path, name: str = RESULT) -> None:
    """A record as NAME.json and, where it has any, its arrays as NAME.npz."""
    writer = Writer()
    facts = {"schema": SCHEMA, name: writer.encode(record, name)}
    (folder / f"{name}.json").write_text(json.dumps(facts, allow_nan=False) + "\n", encoding="utf-8")
    if writer.arrays:
        np.savez_compressed(folder / f"{name}.npz", **writer.arrays)  # type: ignore[arg-type]


def fetch(folder: Path, kinds: Mapping[str, str], name: str = RESULT) -> Any:
    """The record that `store` put there: one of these kinds, each "module:class"."""
    try:
        facts = json.loads(read_text(folder / f"{name}.json", "a result"))
        if facts["schema"] != SCHEMA:
            raise DamagedError(f"its schema is {facts['schema']!r}, this version reads {SCHEMA}")
        target = kinds.get(facts[name]["record"])
        if target is None:
            raise DamagedError(f"it holds a {facts[name]['record']!r}")
        module, _, kind = target.partition(":")
        return Reader(read_arrays(folder / f"{name}.npz")).decode(
            getattr(import_module(module), kind), facts[name], name
        )
    except DAMAGE as error:
        fact = str(error) if isinstance(error, DamagedError | OSError) else f"{type(error).__name__}: {error}"
        raise InputError(f"{folder / name}.json: cannot be read as a result", fact=fact) from error


def read_arrays(path: Path) -> Arrays:
    """All of a file; nothing in it is run."""
    if not path.exists():
        return {}
    check_file(path, "a file of arrays")
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}
