"""What a case sees: a folder of its own, good files to copy from, random numbers, and `dtfviz` to call."""

import os
import re
import resource
import shutil
import sys
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from dtfviz import cli
from dtfviz.core.store.scratch import PREFIX

KINDS = ("traceback", "hang", "crash", "memory", "code run", "stray file", "wrong exit", "unescaped", "other bytes")
ASKED = "asked"  # the file that says which command runs
CANARY = "canary"  # what a payload writes
WRITES = ("out", "dtfviz-out")  # where a command may write
CODES = frozenset({0, 2, 3, 4, 6, 7})
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
State = tuple[str, int, int]  # a path, its size, when it was written


@dataclass(frozen=True)
class Fault:
    """What must not happen, and how it looked."""

    kind: str  # one of KINDS
    text: str


@dataclass(frozen=True)
class Ending:
    """How a command ended."""

    code: int
    out: str
    err: str
    faults: list[Fault]


@dataclass(frozen=True)
class World:
    """A case's own."""

    number: int
    draw: Random
    stock: Path  # the good files
    folder: Path
    codes: list[int] = field(default_factory=list)  # of the commands that were called

    @property
    def canary(self) -> Path:
        return self.folder / CANARY

    def enter(self) -> None:
        """Work in the folder; what is printed goes to files, as bytes come, from decoders too."""
        for name in ("work", "tmp"):
            (self.folder / name).mkdir()
        os.environ |= {"TMPDIR": str(self.folder / "tmp"), "HOME": str(self.folder / "tmp")}
        os.chdir(self.folder / "work")
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in enumerate(("out", "err"), 1):
            os.dup2(os.open(self.folder / name, os.O_RDWR | os.O_CREAT), number)

    def call(
        self,
        *arguments: str,
        codes: Collection[int] = CODES,
        megabytes: int | None = None,
        writes: Collection[str] = WRITES,
    ) -> Ending:
        """`dtfviz ...` in this process, and what was wrong with it: any other code, more memory, files elsewhere."""
        before, peak = self.list_files(writes), memory()
        (self.folder / ASKED).write_text(spell(arguments))
        for number in (1, 2):
            os.lseek(number, 0, os.SEEK_SET)
            os.ftruncate(number, 0)
        code = run(arguments)
        self.codes.append(code)
        out, err = ((self.folder / name).read_text(encoding="utf-8", errors="replace") for name in ("out", "err"))
        faults = self.judge(arguments, code, out + err, before, codes, writes)
        if megabytes is not None and memory() - peak > megabytes:
            faults.append(Fault("memory", f"{spell(arguments)}: {memory() - peak} MB"))
        return Ending(code, out, err, faults)

    def judge(
        self,
        arguments: Sequence[str],
        code: int,
        printed: str,
        before: set[State],
        codes: Collection[int],
        writes: Collection[str],
    ) -> list[Fault]:
        """What was wrong with a command that came to its end."""
        faults = []
        if code not in codes:
            faults.append(Fault("wrong exit", f"{spell(arguments)}: {code}, {printed.strip()[-300:]!r}"))
        now = self.list_files(writes)
        gone = {name for name, *_ in before - now if PREFIX not in name}  # what a kill has left is ours to remove
        if strays := gone | {name for name, *_ in now - before}:
            faults.append(Fault("stray file", f"{spell(arguments)}: {', '.join(sorted(strays))}"))
        if shown := CONTROL.search(printed):
            faults.append(
                Fault("unescaped", f"{spell(arguments)}: {printed[max(0, shown.start() - 60) : shown.end()]!r}")
            )
        return faults

    def unpack(self) -> None:
        """The good files, where commands run."""
        for file in self.stock.iterdir():
            if file.name != "containers":
                (shutil.copytree if file.is_dir() else shutil.copy)(file, file.name)

    def list_files(self, writes: Collection[str]) -> set[State]:
        """All that lies about, but for where a command may write; hidden files there count as well."""
        allowed = [Path(os.path.normpath(self.folder / "work" / name)) for name in writes]
        found = set()
        for place, folders, files in os.walk(self.folder):
            for name in (*folders, *files):
                path = Path(place, name)
                is_output = any(path == root or root in path.parents for root in allowed)
                if name.startswith(".") or (not is_output and path.parent != self.folder):
                    state = path.lstat()
                    found.add((str(path), 0, 0) if name in folders else (str(path), state.st_size, state.st_mtime_ns))
        return found

    def find_canary(self) -> list[Fault]:
        """Whether a payload ran."""
        return [Fault("code run", "the canary was written")] if self.canary.exists() else []


def run(arguments: Sequence[str]) -> int:
    """The entry point, as a process of its own would call it: with streams that nothing was done to."""
    sys.argv = ["dtfviz", *arguments]
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
    try:
        cli.main(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(ValueError):  # closed by then
                stream.flush()
    return -1


def spell(arguments: Sequence[str]) -> str:
    """A command line to read."""
    return " ".join(map(ascii, arguments))[:300]


def memory() -> int:
    """The most that this process has held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
