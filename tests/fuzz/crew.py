"""Cases in processes of their own, forked from one that has imported everything: a case costs milliseconds, and what it
does to memory, to its process or to the clock harms no other.
"""

import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import NoReturn

from fuzz.world import ASKED, Fault, World

ROOM = 3 << 30  # bytes of address space that a case may take beyond what it was born with
REPORT = "report.json"


@dataclass(frozen=True)
class Subject:
    """A kind of cases: what one of them does, and how many there are."""

    name: str
    play: Callable[[World], list[Fault]]
    count: int  # in full
    few: int  # in `make test`
    seconds: int = 20  # that one case may take: 20 a command


@dataclass(frozen=True)
class Case:
    """A case by its number: with a seed that is all it takes to play it again."""

    subject: Subject
    number: int
    seed: int
    patience: int = 1  # how many times as long it may take: a machine that runs tests may be busy

    @property
    def again(self) -> str:
        return f"python -m fuzz {self.subject.name!r} --number {self.number} --seed {self.seed}"


@dataclass(frozen=True)
class Outcome:
    """What a case came to."""

    case: Case
    faults: list[Fault]
    codes: list[int]  # of the commands that ran to an end
    seconds: float


def carry_out(cases: Iterable[Case], stock: Path, hands: int = 2) -> Iterator[Outcome]:
    """Every case, so many at a time, each as soon as it is over."""
    waiting, running = iter(cases), {}
    while True:
        while len(running) < hands and (case := next(waiting, None)) is not None:
            folder = Path(tempfile.mkdtemp(prefix="dtfviz-fuzz-"))
            running[begin(case, folder, stock)] = case, folder, time.monotonic()
        if not running:
            return
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid in running:
            case, folder, since = running.pop(pid)
            yield Outcome(case, *end(pid, status, folder), time.monotonic() - since)
        stop_late(running)
        time.sleep(0 if pid else 0.003)


def begin(case: Case, folder: Path, stock: Path) -> int:
    """A case's process."""
    pid = os.fork()
    if not pid:
        play(case, folder, stock)
    return pid


def play(case: Case, folder: Path, stock: Path) -> NoReturn:
    """A case from inside: it hears of its own process, folder and random numbers only."""
    os.setsid()
    signal.alarm(2 * case.subject.seconds * case.patience)  # where no one is left to stop it
    confine()
    draw = Random(f"{case.seed} {case.subject.name} {case.number}")
    world = World(case.number, draw, stock, folder)
    world.enter()
    try:
        faults = case.subject.play(world)
        faults += world.find_canary()
    except BaseException:  # noqa: BLE001  # whatever escapes is what is looked for
        faults = [Fault("traceback", traceback.format_exc())]
    (folder / REPORT).write_text(json.dumps([[asdict(fault) for fault in faults], world.codes]))
    os._exit(0)


def confine() -> None:
    """No file dump, and memory for what is right, not for what is endless."""
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if sys.platform == "linux" else 0
    if pages:
        room = pages * resource.getpagesize() + ROOM
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end(pid: int, status: int, folder: Path) -> tuple[list[Fault], list[int]]:
    """What a case left behind; nothing of it stays, processes included."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    try:
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            asked = folder / ASKED
            text = f"{asked.read_text() if asked.exists() else ''}: {signal.Signals(number).name}"
            return [Fault("hang" if number == signal.SIGKILL else "crash", text)], []
        faults, codes = json.loads((folder / REPORT).read_text())
        return [Fault(**fault) for fault in faults], codes
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def stop_late(running: dict[int, tuple[Case, Path, float]]) -> None:
    """End what runs for too long."""
    for pid, (case, _, since) in running.items():
        if time.monotonic() - since > case.subject.seconds * case.patience:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
