"""Hostile pickles, in torch's archive, in its older stream, and bare: what runs code, what takes memory, what only
torch would write.
"""

import io
import pickle
import struct
import zipfile
from random import Random

from fuzz import wild
from fuzz.checkpoints import read
from fuzz.damage import damage
from fuzz.world import Fault, World
from torch import _weights_only_unpickler as restricted
from torch.serialization import MAGIC_NUMBER, PROTOCOL_VERSION

RUNS = """
os.system posix.system subprocess.call subprocess.Popen subprocess.check_output os.execv os.remove shutil.rmtree
builtins.eval builtins.exec builtins.__import__ builtins.getattr builtins.open builtins.compile builtins.map
builtins.type builtins.setattr __builtin__.eval runpy.run_path runpy.run_module importlib.import_module
pickle.loads pickle.load marshal.loads codecs.decode types.FunctionType types.CodeType
torch.load torch.serialization.load torch.hub.load torch.jit.load torch.storage._load_from_bytes
torch.package.PackageImporter torch.utils.cpp_extension.load_inline torch.utils.data.DataLoader
torch.distributed.rpc.rpc_sync torch.utils.bottleneck.run numpy.load numpy.fromfile numpy.memmap
operator.attrgetter operator.methodcaller functools.partial functools.reduce code.InteractiveInterpreter
timeit.timeit cProfile.run pdb.run bdb.Bdb ctypes.CDLL pathlib.Path pathlib.Path.write_text webbrowser.open
socket.socket multiprocessing.Process argparse.ArgumentParser dtfviz.cli.main
torch.nn.modules.module.os.system dtfviz.core.store.runs.shutil.rmtree
"""
CODE = RUNS.split()
HARMLESS = [
    "argparse.Namespace",
    "collections.OrderedDict",
    "builtins.bytearray",
    "__builtin__.bytearray",
    "builtins.bytes",
]
ALLOWED = sorted({*restricted._get_allowed_globals(), *HARMLESS})
LARGE = ("builtins.bytearray", "builtins.bytearray", "__builtin__.bytearray", "torch.Tensor", "torch.FloatTensor")
STORAGES = [name for name in ALLOWED if name.endswith("Storage")]
KEY = "0"  # of the one storage that an archive holds


def play(world: World) -> list[Fault]:
    """Such a pickle, read as a checkpoint."""
    draw = world.draw
    file = world.folder / draw.choice(("w.pth", "w.pth", "w.pth", "w.pth", "w.pt", "w.pt", "w.safetensors"))
    file.write_bytes(draw.choice((archive, archive, archive, stream, stream, bare))(program(world), draw))
    return read(world, file)


# --- programs ---------------------------------------------------------------------------------------------------------
def program(world: World) -> bytes:
    """One to three hostile objects where tensors are expected."""
    draw = world.draw
    objects = [b"".join((plain(f"w{number}"), hostile(world))) for number in range(draw.choice((1, 1, 1, 3)))]
    held = b"}(" + b"".join(objects) + b"u"
    held = draw.choice((held, b"}" + plain("model") + held + b"s", b"](" + held + b"e"))
    code = b"\x80" + bytes([draw.choice((2, 2, 2, 2, 2, 0, 3, 4, 5, 255))]) + held + b"."
    return damage(code, draw) if draw.random() < 0.15 else code


def hostile(world: World) -> bytes:
    """What leaves one object on the stack, if it is let."""
    ways = (run_code, call_allowed, tensor, tensor, huge, large, large, deep, attributes)
    return world.draw.choice(ways)(world)


def plain(value: object) -> bytes:
    """What pushes a plain value."""
    return pickle.dumps(value, 2)[2:-1]


def name(dotted: str, draw: Random) -> bytes:
    """What pushes a global, in one of the ways there are."""
    module, _, attribute = dotted.rpartition(".")
    if draw.random() < 0.15:
        module, _, attribute = dotted.partition(".")  # the rest is found by its attributes
        return plain(module) + plain(attribute) + b"\x93"
    return b"c" + f"{module}\n{attribute}\n".encode()


def called(dotted: str, arguments: list[bytes], draw: Random) -> bytes:
    """A call, in one of the ways there are."""
    what, each = name(dotted, draw), b"".join(arguments)
    reduced = what + b"(" + each + b"tR"
    if draw.random() < 0.75:
        return reduced  # the others torch refuses as they are
    made, made_by_name = what + b"(" + each + b"t\x81", what + b"(" + each + b"t}\x92"
    old = b"(" + each + b"i" + "{}\n{}\n".format(*dotted.rpartition(".")[::2]).encode()
    return draw.choice((made, made, made_by_name, b"(" + what + each + b"o", old))


def run_code(world: World) -> bytes:
    """A function that could write the canary, if it were called."""
    draw, path = world.draw, str(world.canary)
    python = f"open({path!r}, 'w').close()"
    given = draw.choice(
        (
            [f"touch {path}"],
            [["touch", path]],
            [python],
            [path, "w"],
            ["import os", python],
            [pickle.dumps(python)],
            ["/bin/sh", ["sh", "-c", f"touch {path}"]],
        )
    )
    return called(draw.choice(CODE), [plain(value) for value in given], draw)


def call_allowed(world: World) -> bytes:
    """What torch's own list lets through, with sizes that no one means."""
    draw = world.draw
    given = [draw.choice((size, size, tensor, anything))(world) for _ in range(draw.randrange(5))]
    return called(draw.choice(ALLOWED), given, draw)


def size(world: World) -> bytes:
    number = world.draw.choice(wild.NUMBERS)
    return plain(world.draw.choice((number, (number,), [number] * 3, (number, number))))


def anything(world: World) -> bytes:
    return plain(wild.value(world.draw))


def tensor(world: World) -> bytes:
    """A tensor whose storage, sizes and strides do not fit each other."""
    draw = world.draw
    number = draw.choice(wild.NUMBERS)
    sizes = draw.choice(((number,), (number, number), (2, 2), (0, number), (1,) * 100, [3], None))
    strides = draw.choice(((0,) * 2, (1,), (number, 1), (-1, -1), None))
    storage = draw.choice((stored, anything))(world)
    arguments = [storage, plain(draw.choice((0, number))), plain(sizes), plain(strides), b"\x89", b"}"]
    rebuild = draw.choice([one for one in ALLOWED if "_rebuild" in one])
    return called(rebuild, arguments[: draw.choice((6, 6, 4, 4, 3, 2))], draw)


def stored(world: World) -> bytes:
    """A storage, as torch writes it: by a name that the archive is searched for."""
    draw = world.draw
    key = draw.choice((KEY, KEY, "1", "../../../etc/passwd", "", "x" * 5000))
    where = draw.choice(("cpu", "cpu", "cuda:0", "meta", "mps", "hpu", "", "cpu:99999999999"))
    kind = name(draw.choice(STORAGES), draw)
    count = draw.choice((4, draw.choice(wild.NUMBERS)))
    return b"(" + plain("storage") + kind + plain(key) + plain(where) + plain(count) + b"tQ"


def huge(world: World) -> bytes:
    """Constants that claim, or are, more than anyone needs."""
    count = world.draw.choice((2**20, 2**31 - 1, 2**31, 2**40, 2**63 - 1))
    claim, short = struct.pack("<Q", count), struct.pack("<i", min(count, 2**31 - 1))
    marks = (struct.pack("<I", world.draw.randrange(2**32)) for _ in range(1000))
    return world.draw.choice(
        (
            *(code + claim + b"x" for code in (b"\x8d", b"\x8e", b"\x96", b"\x95")),
            *(code + short + b"x" for code in (b"\x8b", b"T", b"B", b"X")),
            b"\x8b" + struct.pack("<i", 200_000) + b"\x7f" * 200_000,
            b"I" + b"9" * 100_000 + b"\n",
            plain(0) + b"".join(b"r" + mark for mark in marks),
        )
    )


def large(world: World) -> bytes:
    """Calls by which a few bytes take gigabytes, unless someone counts."""
    draw = world.draw
    what = draw.choice((*LARGE, draw.choice(STORAGES)))
    amount = plain(draw.choice((2**29, 2**30, 2**31, 2**40)))
    given = draw.choice(([amount], [amount], [plain(1), amount], [plain((2**15, 2**15))]))
    return name(what, draw) + b"(" + b"".join(given) + b"tR"


def deep(world: World) -> bytes:
    """Nesting, and doubling by the memo."""
    draw, depth = world.draw, world.draw.choice((30, 2000, 100_000))
    double = b"]q\0" + b"".join(b"](h" + bytes([k]) + b"h" + bytes([k]) + b"eq" + bytes([k + 1]) for k in range(60))
    return draw.choice((b"]" * depth + b"a" * (depth - 1), b"(" * depth + b"t" * depth, double, b")" + b"\x85" * depth))


def attributes(world: World) -> bytes:
    """State that is set on an object."""
    draw = world.draw
    made = called(draw.choice((*HARMLESS, "torch.nn.parameter.Parameter", "torch.Tensor")), [], draw)
    keys = ("__class__", "__dict__", "__reduce__", "__setstate__", "__len__", "data", "x")
    state = b"}" + b"".join(plain(draw.choice(keys)) + hostile_value(world) + b"s" for _ in range(2))
    return made + state + b"b"


def hostile_value(world: World) -> bytes:
    return world.draw.choice((run_code, anything, lambda world: name(world.draw.choice(CODE), world.draw)))(world)


# --- containers -------------------------------------------------------------------------------------------------------
def archive(code: bytes, draw: Random) -> bytes:
    """As torch writes now; in one of eight something is odd."""
    oddity = draw.choice((None,) * 35 + ("root", "version", "order", "deflated", "script"))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if oddity == "deflated" else zipfile.ZIP_STORED) as whole:
        root = draw.choice(("../../tmp", "/", "")) if oddity == "root" else "archive"
        whole.writestr(f"{root}/data.pkl", code)
        whole.writestr(f"{root}/version", draw.choice(("9" * 20, "x")) if oddity == "version" else "3\n")
        whole.writestr(f"{root}/byteorder", draw.choice(("big", "middle")) if oddity == "order" else "little")
        whole.writestr(f"{root}/data/{KEY}", bytes(16))
        if oddity == "script":
            whole.writestr(f"{root}/constants.pkl", code)
    return file.getvalue()


def stream(code: bytes, draw: Random) -> bytes:
    """As torch wrote before 1.6; in one of eight something is odd."""
    oddity = draw.choice((None,) * 28 + ("version", "system", "keys", "count"))
    version = draw.choice((10**400, "x")) if oddity == "version" else PROTOCOL_VERSION
    system = {"little_endian": True, "protocol_version": 1001, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    heads = [pickle.dumps(value, 2) for value in (MAGIC_NUMBER, version, 3 if oddity == "system" else system)]
    keys = draw.choice((["x"] * 1000, 3, {"a": 1})) if oddity == "keys" else [KEY]
    count = struct.pack("<q", draw.choice((0, -1, 2**31, 2**62)) if oddity == "count" else 4)
    return b"".join((*heads, code, pickle.dumps(keys, 2), count, bytes(16)))


def bare(code: bytes, draw: Random) -> bytes:
    """The pickle alone, or one after another."""
    return code * draw.choice((1, 1, 3))
