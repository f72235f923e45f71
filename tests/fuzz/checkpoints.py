"""Checkpoints that are not what they say: records, headers, tensors, bytes."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import torch
from fuzz import wild
from fuzz.damage import damage
from fuzz.stock import CHECKPOINTS
from fuzz.world import Fault, World
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

CODES = (0, 3, 4)  # read, or refused as a file or as a model
MEGABYTES = 300
MADE_FROM = "w.safetensors"
COMMANDS = (("convert", "{}", "-o", "out/o.safetensors"), ("probe", "0.mp4", "--checkpoint", "{}"))
FLOATS = (torch.float64, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2)
OTHERS = (torch.complex64, torch.bool, torch.int8, torch.int64, torch.uint8)


def play(world: World) -> list[Fault]:
    """A damaged checkpoint, read by what says most of it and by what should need least of it."""
    ways: tuple[Callable[[World], Path], ...] = (with_record, with_record, with_header, with_tensors, with_bytes)
    file = ways[world.number % len(ways)](world)
    return read(world, file)


def read(world: World, file: Path) -> list[Fault]:
    """By one of the commands."""
    words = world.draw.choice((*COMMANDS, COMMANDS[0], ("predict", "0.mp4", "--checkpoint", "{}")))
    words = [word.format(file) if word != "0.mp4" else str(world.stock / word) for word in words]
    (world.folder / "work" / "out").mkdir()
    return world.call(*words, codes=CODES, megabytes=MEGABYTES).faults


# --- our record -------------------------------------------------------------------------------------------------------
def with_record(world: World) -> Path:
    """Up to three of its fields are wild, missing, or new."""
    source = world.stock / CHECKPOINTS[0]
    with safe_open(source, framework="pt") as file:
        record = json.loads(file.metadata()["dtfviz"])
    for _ in range(world.draw.choice((1, 1, 1, 2, 3))):
        spoil(record, world.draw)
    text = json.dumps(record)
    if world.draw.random() < 0.05:
        text = world.draw.choice(("[" * 100_000, "{}", "[]", "null", "1" * 5000, "", text[:-1], "\ud800", "NaN"))
    return pack(load_file(source), {"dtfviz": text}, world.folder / MADE_FROM)


def spoil(record: dict[str, Any], draw: Random) -> None:
    """One field, as deep as chance has it."""
    key = draw.choice(list(record) or [""])
    held = record.get(key)
    if isinstance(held, dict) and draw.random() < 0.8:
        spoil(held, draw)
    elif isinstance(held, list) and held and draw.random() < 0.5:
        held[draw.randrange(len(held))] = wild.value(draw)
    elif draw.random() < 0.15:
        record.pop(key, None)
    elif draw.random() < 0.1:
        record[draw.choice(("temporal", "x", "weights", "size"))] = wild.value(draw)
    else:
        record[key] = wild.value(draw)


def pack(tensors: dict[str, Tensor], metadata: dict[str, str], path: Path) -> Path:
    """Safetensors by hand: its own writer would refuse some of this."""
    header: dict[str, Any] = {"__metadata__": metadata}
    body = b""
    for name, tensor in tensors.items():
        data = tensor.numpy().tobytes()
        kind = {torch.float32: "F32", torch.int64: "I64"}[tensor.dtype]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    return join(json.dumps(header).encode("utf-8", "surrogatepass"), body, path)


def join(head: bytes, body: bytes, path: Path) -> Path:
    path.write_bytes(struct.pack("<Q", len(head)) + head + body)
    return path


# --- headers ----------------------------------------------------------------------------------------------------------
def with_header(world: World) -> Path:
    """A table of tensors that does not fit what follows it."""
    draw = world.draw
    data = (world.stock / draw.choice(CHECKPOINTS[:2])).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header, body = json.loads(data[8 : 8 + size]), data[8 + size :]
    for _ in range(draw.choice((1, 2, 5))):
        name = draw.choice([key for key in header if key != "__metadata__"])
        spoil_entry(header, name, draw)
    head = json.dumps(header).encode("utf-8", "surrogatepass")
    if draw.random() < 0.2:
        head = draw.choice((damage(head, draw), b"{" * 5000, b'{"a":' * 2000, head.replace(b"F32", b"F8_E4M3")))
    path = join(head, body, world.folder / MADE_FROM)
    if draw.random() < 0.1:
        path.write_bytes(struct.pack("<Q", draw.choice((0, 1, 2**31, 2**63, 2**64 - 1, size + 1))) + head + body)
    return path


def spoil_entry(header: dict[str, Any], name: str, draw: Random) -> None:
    """One tensor's line."""
    entry, number = header[name], draw.choice(wild.NUMBERS)
    shape, offsets = (list(entry[key]) if isinstance(entry[key], list) else [1, 2] for key in ("shape", "data_offsets"))
    way = draw.randrange(7)
    if way == 0:
        entry["dtype"] = draw.choice(("F64", "BOOL", "F8_E4M3", "BF16", "I4", "C64", "", 3, None))
    elif way == 1:
        entry["shape"] = draw.choice(([number], [number] * 2, [0, number], [1] * 70, "x", shape[::-1]))
    elif way == 2:
        entry["data_offsets"] = draw.choice(([0, number], [number, number], [4, 0], [], offsets[::-1]))
    elif way == 3:
        header[draw.choice(wild.WORDS)] = header.pop(name)
    elif way == 4:
        header[f"module.{name}"] = dict(entry)
    elif way == 5:
        header[name] = wild.value(draw)
        header.setdefault("__metadata__", {"x": "y"})
    else:
        header["__metadata__"] = draw.choice((wild.value(draw), {"dtfviz": "{}"}, {"dtfviz": 3}))


# --- tensors ----------------------------------------------------------------------------------------------------------
def with_tensors(world: World) -> Path:
    """A state dict of torch's own making, whose tensors no net has."""
    draw = world.draw
    tensors: dict[Any, Any] = dict(load_file(world.stock / CHECKPOINTS[0]))
    for _ in range(draw.choice((1, 2, 20))):
        name = draw.choice(list(tensors))
        change = draw.randrange(4)
        if change == 0:
            tensors[draw.choice((*wild.WORDS, f"module.{name}", f"{name}.", 3, None, ("a",)))] = tensors.pop(name)
        elif change == 1:
            tensors.pop(name)
        else:
            tensors[name] = oddity(tensors[name], draw)
        if not tensors:
            break
    path = world.folder / "w.pth"
    held = draw.choice((tensors, {"model": tensors}, {"state_dict": tensors, "epoch": 10**400}, {"model": [tensors]}))
    torch.save(held, path, _use_new_zipfile_serialization=draw.random() < 0.7)
    return path


def oddity(tensor: Any, draw: Random) -> Any:
    """Something else in a tensor's place."""
    if not isinstance(tensor, Tensor) or tensor.layout != torch.strided or tensor.is_meta or tensor.is_quantized:
        return None
    plain = tensor.float()
    ways: tuple[Callable[[], Any], ...] = (
        lambda: tensor.to(draw.choice(FLOATS)),
        lambda: tensor.to(draw.choice(OTHERS)),
        lambda: tensor.to("meta"),
        lambda: torch.full_like(plain, draw.choice((float("nan"), float("inf"), 1e38, -1.0, 0.0))),
        plain.to_sparse,
        lambda: torch.quantize_per_tensor(plain, 0.1, 0, torch.qint8),
        lambda: torch.zeros(1).expand(10 ** draw.randrange(1, 9), 10**4),
        lambda: torch.zeros(draw.choice(((), (0,), (0, 10**6), (1,) * 60, (3,), (1, 1, 1, 1, 1)))),
        lambda: plain.unsqueeze(0),
        lambda: plain.flatten()[::2],
        lambda: plain.transpose(0, -1) if plain.ndim else plain,
        lambda: torch.nn.Parameter(plain),
        lambda: wild.value(draw),
        lambda: plain.repeat(2, *[1] * (plain.ndim - 1)) if plain.ndim else plain,
    )
    return draw.choice(ways)()


# --- bytes ------------------------------------------------------------------------------------------------------------
def with_bytes(world: World) -> Path:
    """Any good file, damaged."""
    name = world.draw.choice(CHECKPOINTS)
    path = world.folder / f"w{Path(name).suffix}"
    path.write_bytes(damage((world.stock / name).read_bytes(), world.draw))
    return path
