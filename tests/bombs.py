"""Small files made to cost much: pickles in both formats of torch, archives, and safetensors."""

import json
import pickle
import struct
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

LARGEST = 1_000_000  # bytes of any of them
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


def named(name: str) -> bytes:
    return b"c" + name.rpartition(".")[0].encode() + b"\n" + name.rpartition(".")[2].encode() + b"\n"


def word(text: str) -> bytes:
    return b"X" + struct.pack("<I", len(text.encode())) + text.encode()


def number(value: int) -> bytes:
    return pickle.dumps(value, 2)[2:-1]


def called(name: str, *arguments: bytes) -> bytes:
    return named(name) + b"(" + b"".join(arguments) + b"tR"


def storage(kind: str, count: int, key: str = "0") -> bytes:
    return b"(" + word("storage") + named(kind) + word(key) + word("cpu") + number(count) + b"tQ"


def sized(*sides: int) -> bytes:
    return b"(" + b"".join(map(number, sides)) + b"t"


def tensor(values: bytes, *sides: int, stride: int = 1) -> bytes:
    return called(
        "torch._utils._rebuild_tensor_v2",
        values,
        number(0),
        sized(*sides),
        sized(*[stride] * len(sides)),
        b"\x89",
        called("collections.OrderedDict"),
    )


def beside(value: bytes) -> bytes:
    """A state dict of one tensor with four values, and something else."""
    return b"}(" + word("w") + tensor(storage("torch.FloatStorage", 4), 4) + word("x") + value + b"u"


def state(*tensors: bytes) -> bytes:
    return b"}(" + b"".join(word(f"w{place}") + one for place, one in enumerate(tensors)) + b"u"


def shared(names: Iterable[str]) -> bytes:
    """One tensor by many names, each the same two bytes."""
    first = tensor(storage("torch.FloatStorage", 4), 1, 1, 2, 2) + b"q\x01"
    return b"}(" + word("w") + first + b"".join(word(name) + b"h\x01" for name in names) + b"u"


def repeated(first: bytes, name: str) -> bytes:
    """A value made once and kept as number 1, and a list of calls with it."""
    return b"(" + first + b"q\x01](" + (named(name) + b"h\x01\x85R") * (700_000 // (len(name) + 8)) + b"et"


LIST = b"](" + b"N" * 20_000 + b"e"
PAIRS = b"](" + b"".join(b"]" + word(f"{place:x}") + b"aNa" for place in range(10_000)) + b"e"
WORDS = b"}(" + b"".join(word(f"{place:x}") + b"N" for place in range(10_000)) + b"u"
HUGE = (2**31, 10**10, 2**62, 2**64, 10**30, -1)
PICKLES: dict[str, bytes] = {
    **{f"bytearray of {size}": beside(called("builtins.bytearray", number(size))) for size in HUGE},
    **{f"bytearray alone, {size}": called("builtins.bytearray", number(size)) for size in HUGE},
    **{f"Tensor of {size}": beside(called("torch.FloatTensor", number(size))) for size in HUGE},
    **{f"storage made of {size}": beside(called("torch.storage.UntypedStorage", number(size))) for size in HUGE},
    **{f"new typed storage of {size}": beside(called("torch.FloatStorage", number(size))) for size in HUGE},
    **{f"storage said to hold {size}": state(tensor(storage("torch.FloatStorage", size), 4)) for size in HUGE},
    **{f"tensor grown to {size}": state(tensor(storage("torch.FloatStorage", 4), size)) for size in HUGE},
    **{f"empty tensor of {size}": state(tensor(storage("torch.FloatStorage", 0), size, 0)) for size in HUGE},
    "expanded tensor": state(tensor(storage("torch.FloatStorage", 4), 10**5, 10**5, stride=0)),
    "tensor of many axes": state(tensor(storage("torch.FloatStorage", 4), *[1] * 50_000)),
    "meta tensor": state(
        called("torch._utils._rebuild_meta_tensor_no_storage", named("torch.float32"), sized(10**10), sized(1), b"\x89")
    ),
    "lists within lists": b"]" * 450_000 + b"a" * 449_999,
    "tuples within tuples": beside(b"N" + b"\x85" * 900_000),
    "a nested tuple as a key": beside(b"}N" + b"\x85" * 900_000 + b"Ns"),
    "empty sets": beside(b"](" + b"\x8f" * 900_000 + b"e"),
    "empty dicts": beside(b"](" + b"}" * 900_000 + b"e"),
    "empty lists": beside(b"](" + b"]" * 900_000 + b"e"),
    "small dicts": beside(b"](" + b"}X\0\0\0\0Ns" * 110_000 + b"e"),
    "marks": b"(" * 900_000,
    "sets of one list": beside(repeated(LIST, "builtins.set")),
    "dicts of one list": beside(repeated(PAIRS, "collections.OrderedDict")),
    "counters of one list": beside(repeated(LIST, "collections.Counter")),
    "sizes of one tuple": beside(repeated(b"(" + b"K\x01" * 10_000 + b"t", "torch.Size")),
    "one word encoded again and again": beside(repeated(word("x" * 200_000), "_codecs.encode")),
    "states of one dict": beside(
        b"(" + WORDS + b"q\x01](" + (called("collections.OrderedDict") + b"h\x01b") * 20_000 + b"et"
    ),
    "one tensor by many names": shared(f"{place:x}" for place in range(60_000)),
    "as many blocks as there are names": shared(
        ("conv1.weight", "layer1.0.conv1.weight", *(f"layer1.{place}.x" for place in range(40_000)))
    ),
    "as many stages as there are names": shared(
        ("conv1.weight", "layer1.0.conv1.weight", *(f"layer{place}.0.x" for place in range(40_000)))
    ),
    "large numbers": beside(b"](" + (b"\x8a\xff" + b"\x7f" * 255) * 3_500 + b"e"),
    "a number of a gigabyte": beside(b"\x8b" + struct.pack("<i", 2**30)),
    "a word of four gigabytes": beside(b"X" + struct.pack("<I", 2**32 - 1)),
    "bytes of an exabyte": beside(b"\x8e" + struct.pack("<Q", 2**60)),
    "a bytearray of an exabyte": beside(b"\x96" + struct.pack("<Q", 2**60)),
    "the memo's last place": beside(b"Nr" + struct.pack("<I", 2**32 - 1)),
}


def as_archive(content: bytes, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bomb/data.pkl", b"\x80\x02" + content + b".")
        archive.writestr("bomb/byteorder", b"little")
        archive.writestr("bomb/data/0", b"\0" * 16)


def as_legacy(content: bytes, path: Path) -> None:
    before = b"".join(pickle.dumps(part, 2) for part in (MAGIC, PROTOCOL, {"little_endian": True}))
    values = pickle.dumps(["0"], 2) + struct.pack("<q", 4) + b"\0" * 16
    path.write_bytes(before + b"\x80\x02" + content + b"." + values)


def write_header(path: Path, header: object, values: bytes = b"", length: int | None = None) -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + values)


def entry(*shape: int, dtype: str = "F32", begin: int = 0, end: int = 4) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


HEADERS: dict[str, tuple[object, bytes]] = {
    "offsets beyond the file": ({"w": entry(2**40, end=2**42)}, b"\0" * 4),
    "offsets that overflow": ({"w": entry(1, begin=2**64 - 4, end=2**64 - 1)}, b"\0" * 4),
    "sides that overflow": ({"w": entry(2**63, 2, 0, end=0)}, b""),
    "empty, of a great side": ({"w": entry(10**9, 0, end=0)}, b""),
    "overlapping": ({f"w{place}": entry(100, end=400) for place in range(5_000)}, b"\0" * 400),
    "backwards": ({"w": entry(1, begin=4, end=0)}, b"\0" * 4),
    "a nested header": (f'{{"w":{nested(400_000)}}}'.encode(), b""),
    "a nested record": ({"__metadata__": {"dtfviz": nested(400_000)}, "w": entry(1)}, b"\0" * 4),
    "a record of empty objects": (
        {"__metadata__": {"dtfviz": '{"a":[' + "{}," * 300_000 + "0]}"}, "w": entry(1)},
        b"\0" * 4,
    ),
    "a record with a number of 5000 digits": (
        {"__metadata__": {"dtfviz": '{"frames":' + "9" * 5000 + "}"}, "w": entry(1)},
        b"\0" * 4,
    ),
    "many tensors": ({f"layer1.{place}.x": entry(0, end=0) for place in range(12_000)}, b""),
    "a name of 10^5 characters": ({"w" * 100_000: entry(1)}, b"\0\0\xc0\x7f"),
}


def record(**changes: object) -> dict[str, object]:
    """The header of a file in our own format that holds one value, and says of itself whatever is said here."""
    arguments = {"depths": [1], "widths": [8], "strides": [1], "num_classes": 2, "temporal": "none"}
    said = {
        "model": "made-up",
        "family": "dtf_net",
        "default_layer": "layer1",
        "arguments": arguments | changes,
        "frames": changes.get("frames", 16),
        "size": changes.get("size", 64),
        "stride": 1,
        "classes": None,
        "classes_note": "",
        "mean": [0, 0, 0],
        "std": [1, 1, 1],
        "untrained": [],
    }
    return {"__metadata__": {"dtfviz": json.dumps(said)}, "w": entry(1)}


DTF = {"temporal": "dtf", "factor_g": 1}
LIES: dict[str, dict[str, object]] = {
    "a wide record": record(widths=[1 << 20]),
    "a wide stem": record(stem_width=1 << 20),
    "many classes": record(num_classes=1 << 20, widths=[4096]),
    "many blocks": record(depths=[10**6]),
    "many stages": record(depths=[1] * 10**5, widths=[8] * 10**5, strides=[1] * 10**5),
    "a long clip": record(frames=10**9),
    "a long clip of filters": record(frames=4096, widths=[512], **DTF),
    "a large frame": record(size=10**6),
    "a long clip of large frames": record(frames=4096, size=4096),
    "names of blocks": record(temporal="dtf", temporal_blocks=["x" * 100] * 8_000),
}
WIDE = {
    "conv1.weight": entry(1, 1, 1, 1, 1),
    "layer1.0.conv1.weight": entry(900_000, dtype="BOOL", begin=4, end=900_004),
}
HEADERS |= {what: (header, b"\0" * 4) for what, header in LIES.items()}
HEADERS["a wide tensor"] = (WIDE, b"\0" * 900_004)


def compressed(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data.pkl", b"\0" * 500_000_000)


def overlapping(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bomb/data.pkl", b"x" * 1000)
        archive.filelist += archive.filelist * 5_000


def lying(path: Path) -> None:
    """Its directory says that an entry has four gigabytes."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bomb/data.pkl", b"\x80\x02}.")
        archive.filelist[0].file_size = archive.filelist[0].compress_size = 2**32 - 2


def many_entries(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for place in range(8_000):
            archive.writestr(f"b/{place:x}", b"")


ARCHIVES: dict[str, Callable[[Path], None]] = {
    "compressed entries": compressed,
    "overlapping entries": overlapping,
    "lying entry": lying,
    "many entries": many_entries,
}


def write_all(folder: Path) -> dict[str, Path]:
    """Every one of them, by what it is."""
    made: dict[str, Path] = {}

    def place(what: str) -> Path:
        return made.setdefault(what, folder / f"{len(made)}.pth")

    for what, content in PICKLES.items():
        as_archive(content, place(f"{what}, archive"))
        as_legacy(content, place(f"{what}, legacy"))
    for what, (header, values) in HEADERS.items():
        write_header(place(what), header, values)
    for what, write in ARCHIVES.items():
        write(place(what))
    return made
