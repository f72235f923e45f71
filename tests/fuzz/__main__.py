"""`python -m fuzz`: play cases that must not hurt, count what they came to, and say how to play one again."""

import argparse
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import av
import torch
from fuzz import checkpoints, commands, footage, kills, pickles, places, stock, texts
from fuzz.crew import Case, Outcome, Subject, carry_out
from fuzz.odd_videos import ODD
from fuzz.world import KINDS
from into import markdown, put_into

SUBJECTS = (
    Subject("checkpoints", checkpoints.play, 3500, 60),
    Subject("pickles", pickles.play, 3000, 60),
    Subject("odd videos", footage.play_odd, len(ODD) * footage.WAYS, 20),
    Subject("damaged videos", footage.play_damaged, 600, 20),
    Subject("command lines", commands.play, 1500, 40),
    Subject("processes", commands.play_alone, 60, 2),
    Subject("texts", texts.play, len(texts.TEXTS) * len(texts.PLACES) * len(texts.COMMANDS), 24),
    Subject("places", places.play, len(places.CASES), 24),
    Subject("kills", kills.play, 120, 0, 60),  # at moments of the clock: not for tests
)


PATIENCE = 10
TRIES = 3


def cases_of(subject: Subject, asked: argparse.Namespace) -> list[Case]:
    """All, some spread over all, or one."""
    if asked.few and not subject.few:
        return []
    step = max(1, subject.count // subject.few) if asked.few else 1
    numbers = range(0, subject.count, step) if asked.number is None else [asked.number]
    return [Case(subject, number, asked.seed, PATIENCE if asked.few else 1) for number in numbers]


def tell(outcome: Outcome, in_full: bool) -> None:
    """What was wrong with a case, and how to see it again."""
    for fault in outcome.faults:
        text = fault.text if in_full else repr(fault.text.strip().splitlines()[-1][:400])
        print(f"{fault.kind}: {text}\n    {outcome.case.again}", flush=True)


def tabulate(outcomes: Iterable[Outcome]) -> list[list[str]]:
    """A row a subject: its cases, and how many ended in what must not be."""
    names = [subject.name for subject in SUBJECTS]
    cases, done, faults = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for outcome in outcomes:
        name = outcome.case.subject.name
        cases[name] += 1
        done[name] += 0 in outcome.codes
        faults.update({(name, kind) for kind in {fault.kind for fault in outcome.faults}})
    rows = [
        [name, f"{cases[name]:,}", f"{done[name]:,}", *(str(faults[name, kind]) for kind in KINDS)]
        for name in names
        if cases[name]
    ]
    sums = (str(sum(faults[name, kind] for name in names)) for kind in KINDS)
    return [["", "cases", "carried out", *KINDS], *rows, ["all", f"{cases.total():,}", f"{done.total():,}", *sums]]


def show(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)))


def make_stock(folder: Path) -> Path:
    """The good files, in a process of its own: threads of encoders would not survive a fork, some of them talk, and
    now and then one waits for ever for another, so it is tried again.
    """
    for number in range(TRIES):
        made = folder / str(number)
        made.mkdir()
        pid = os.fork()
        if not pid:
            signal.alarm(60)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            stock.fill(made)
            os._exit(0)
        if os.waitpid(pid, 0)[1] == 0:
            return made
    raise SystemExit("the good files could not be made")


def main() -> int:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=", ".join(one.name for one in SUBJECTS))
    parser.add_argument("--few", action="store_true", help="the part that the tests play")
    parser.add_argument("--number", type=int, help="one case alone")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--into", type=Path, metavar="PAGE", help="write the counts there, between its two marks")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    av.logging.set_level(None)
    stock.import_all()
    wanted = [subject for subject in SUBJECTS if not asked.subjects or subject.name in asked.subjects]
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="dtfviz-fuzz-stock-") as folder:
        good = make_stock(Path(folder))
        for outcome in carry_out([case for subject in wanted for case in cases_of(subject, asked)], good):
            tell(outcome, asked.number is not None)
            outcomes.append(outcome)
    rows = tabulate(outcomes)
    show(rows)
    if asked.into and not asked.few:
        put_into(asked.into, "counts", markdown(rows[0], rows[1:]))
    return int(any(outcome.faults for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
