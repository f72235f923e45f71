"""What a pickle says, read as data: the few opcodes that torch writes, on a stack of plain values.

Names stay names. Nothing is imported, called or made but dicts, lists, tuples and records of where a tensor lies, and
no value is ever copied: a pickle costs memory in proportion to its own bytes, whatever numbers stand in it.
"""

import pickletools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from mmap import mmap
from typing import IO, Any

MOST_AXES = 16  # of a tensor
KEYS = (str, int)  # of a dict
TAKEN = re.compile(  # names that torch itself takes without a question, and the class of training scripts' options
    r"torch(\.cuda|\.storage)?\.\w*Storage|torch\.(b?float|complex|q?u?int|bits|bool|per_)\w*|torch(\.cuda)?\.\w*Tensor"
    r"|torch\.(Size|device)|torch\.serialization\._get_layout|torch\._utils\._rebuild_\w+"
    r"|torch\._tensor\._rebuild_from_type_v2|torch\.nn\.parameter\.Parameter|collections\.(OrderedDict|Counter)"
    r"|builtins\.(set|bytearray|complex)|_codecs\.encode|argparse\.Namespace"
)


class UnknownNameError(ValueError):
    """A pickle that names something not on the list."""


@dataclass(frozen=True, slots=True)
class Name:
    """A class or function by its name, which is all that is wanted of it."""

    text: str


@dataclass(frozen=True, slots=True)
class Storage:
    """Values that lie elsewhere in the file."""

    key: str
    kind: str  # FloatStorage and the like
    count: int  # of values
    start: int = 0  # of a view, in values


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor: how its values lie in a storage, counted in values."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: str = ""  # where the storage does not tell


@dataclass(frozen=True, slots=True)
class Odd:
    """A tensor that is not a plain array of numbers."""

    kind: str


@dataclass(frozen=True)
class Pickled:
    """What a pickle holds, and the storages that it speaks of."""

    content: object
    storages: Mapping[str, Storage]


ANYTHING = object()  # a value that no model is made of


def read_pickle(file: IO[bytes] | mmap | bytes) -> Pickled:
    """The next pickle of a file."""
    machine = Machine()
    for opcode, argument, _ in pickletools.genops(file):  # type: ignore[arg-type]  # a mapped file reads like a file
        if opcode.name not in ACTS:
            raise ValueError(f"its pickle has the opcode {opcode.name}, which torch does not write")
        ACTS[opcode.name](machine, argument)
    return Pickled(machine.last(1)[0], machine.storages)


@dataclass
class Machine:
    """The stack, the marks on it, the values that were given a number, and the storages met."""

    stack: list[Any] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)

    def push(self, value: object) -> None:
        self.stack.append(value)

    def since_mark(self) -> list[Any]:
        if not self.marks:
            raise ValueError("its pickle takes from a mark that it never set")
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def last(self, number: int) -> list[Any]:
        if len(self.stack) < number:
            raise ValueError("its pickle takes more from the stack than it put there")
        items = self.stack[-number:]
        del self.stack[-number:]
        return items

    def recall(self, number: int) -> None:
        if number not in self.memo:
            raise ValueError("its pickle recalls what it never kept")
        self.push(self.memo[number])

    def append(self, items: list[Any]) -> None:
        if type(self.stack[-1]) is not list:
            raise ValueError("its pickle appends to what is no list")
        self.stack[-1].extend(items)

    def set_items(self, pairs: list[Any]) -> None:
        """Words and numbers are kept as keys: hashing what else a pickle can nest may exhaust the C stack."""
        target = self.stack[-1]
        if type(target) is dict:
            target.update((key, value) for key, value in zip(pairs[::2], pairs[1::2], strict=True) if type(key) in KEYS)
        elif target is not ANYTHING:
            raise ValueError("its pickle sets items of what is no dict")

    def name(self, words: str) -> None:
        text = words.replace(" ", ".").replace("__builtin__.", "builtins.")
        if not TAKEN.fullmatch(text):
            raise UnknownNameError(text)
        self.push(Name(text))

    def call(self) -> None:
        called, arguments = self.last(2)
        self.push(call(called, arguments))

    def store(self) -> None:
        storage = storage_of(self.stack.pop())
        self.storages.setdefault(storage.key, storage)
        self.push(storage)


# --- what a call stands for -------------------------------------------------------------------------------------------
def call(called: object, arguments: Any) -> object:
    """What is known of a call's result without making it."""
    if type(called) is not Name or type(arguments) is not tuple:
        raise ValueError("its pickle calls what is no name")
    return CALLS[called.text](*arguments) if called.text in CALLS else ANYTHING


def dict_of(pairs: object = None, *_: object) -> dict[Any, Any]:
    """An ordered dict; Python 2 wrote a list of pairs, which is used up, so that no second call copies it again."""
    if type(pairs) is not list:
        return {}
    found = {key: value for key, value in pairs if type(key) in KEYS}
    pairs.clear()
    return found


def tensor_of(storage: object, offset: object, shape: object, stride: object, *_: object) -> Stored:
    """As `_rebuild_tensor` and its second version are called."""
    if type(storage) is not Storage:
        raise ValueError("a tensor without a storage")
    return Stored(storage, whole(offset), wholes(shape), wholes(stride))


def typed_tensor(  # the third version's own list
    storage: object, offset: object, shape: object, stride: object, _needs: object, _hooks: object, dtype: object
) -> Stored:
    """As the third version of `_rebuild_tensor` is called: an untyped storage and a dtype."""
    found = tensor_of(storage, offset, shape, stride)
    if type(dtype) is not Name:
        raise ValueError("a tensor without a dtype")
    return Stored(found.storage, found.offset, found.shape, found.stride, dtype.text.removeprefix("torch."))


def storage_of(reference: object) -> Storage:
    """From the tuple by which a pickle refers to values outside it."""
    match reference:
        case ("storage", Name(kind), str(key), _, count, (_, start, _)):
            return Storage(key, kind.rpartition(".")[2], whole(count), whole(start))
        case ("storage", Name(kind), str(key), _, count, *_):
            return Storage(key, kind.rpartition(".")[2], whole(count))
    raise ValueError("its pickle refers to what is no storage")


def whole(value: object) -> int:
    """A count from 0 on."""
    if type(value) is not int or value < 0:
        raise ValueError("a tensor's offset, shape, stride or number of values is not a count")
    return value


def wholes(values: Any) -> tuple[int, ...]:
    """Not copied: the same tuple may be given to a million calls."""
    if type(values) is not tuple or len(values) > MOST_AXES:
        raise ValueError(f"a tensor's shape or stride is not a tuple of at most {MOST_AXES} counts")
    for value in values:
        whole(value)
    return values


REBUILD = "torch._utils._rebuild_"
CALLS: dict[str, Callable[..., object]] = {
    "collections.OrderedDict": dict_of,
    f"{REBUILD}tensor": tensor_of,
    f"{REBUILD}tensor_v2": tensor_of,
    f"{REBUILD}tensor_v3": lambda *arguments: typed_tensor(*arguments[:7]),
    f"{REBUILD}parameter": lambda tensor, *_: tensor,
    f"{REBUILD}parameter_with_state": lambda tensor, *_: tensor,
    "torch.nn.parameter.Parameter": lambda tensor=ANYTHING, *_: tensor,
    "torch._tensor._rebuild_from_type_v2": lambda function, _type, arguments, *_: call(function, arguments),
    f"{REBUILD}qtensor": lambda *_: Odd("quantised"),
    f"{REBUILD}sparse_tensor": lambda *_: Odd("sparse"),
    f"{REBUILD}nested_tensor": lambda *_: Odd("nested"),
    f"{REBUILD}meta_tensor_no_storage": lambda *_: Odd("on the meta device, a shape without values"),
    f"{REBUILD}wrapper_subclass": lambda *_: Odd("of a class of its own"),
    f"{REBUILD}device_tensor_from_numpy": lambda *_: Odd("of a device of its own"),
    f"{REBUILD}device_tensor_from_cpu_tensor": lambda tensor, *_: tensor,
}

# --- the opcodes ------------------------------------------------------------------------------------------------------
Act = Callable[[Machine, Any], object]
PLAIN = ("BININT", "BININT1", "BININT2", "BINFLOAT", "BINUNICODE", "SHORT_BINSTRING", "LONG1")
ACTS: dict[str, Act] = {
    **dict.fromkeys(PLAIN, Machine.push),
    "PROTO": lambda machine, _: None,
    "STOP": lambda machine, _: None,
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "EMPTY_SET": lambda machine, _: machine.push(ANYTHING),
    "MARK": lambda machine, _: machine.marks.append(len(machine.stack)),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.since_mark())),
    "TUPLE1": lambda machine, _: machine.push(tuple(machine.last(1))),
    "TUPLE2": lambda machine, _: machine.push(tuple(machine.last(2))),
    "TUPLE3": lambda machine, _: machine.push(tuple(machine.last(3))),
    "APPEND": lambda machine, _: machine.append(machine.last(1)),
    "APPENDS": lambda machine, _: machine.append(machine.since_mark()),
    "SETITEM": lambda machine, _: machine.set_items(machine.last(2)),
    "SETITEMS": lambda machine, _: machine.set_items(machine.since_mark()),
    "BINGET": Machine.recall,
    "LONG_BINGET": Machine.recall,
    "BINPUT": lambda machine, number: machine.memo.update({number: machine.stack[-1]}),
    "LONG_BINPUT": lambda machine, number: machine.memo.update({number: machine.stack[-1]}),
    "GLOBAL": Machine.name,
    "REDUCE": lambda machine, _: machine.call(),
    "NEWOBJ": lambda machine, _: machine.call(),
    "BUILD": lambda machine, _: machine.last(1),
    "BINPERSID": lambda machine, _: machine.store(),
}
