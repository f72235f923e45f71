"""Runs that are ended at any moment: the same command again ends with what one clean run gives, and nothing hidden."""

import hashlib
import os
import signal
import time
from pathlib import Path

from fuzz.world import Fault, World, run

CHECKPOINT = ("--checkpoint", "own.safetensors")
SMALL = ("--frames", "4", "--size", "16", "--workers", "0")
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("gradcam", "0.mp4", *CHECKPOINT),
    ("train", "motion", *SMALL, "--steps", "30", "--batch", "2", "--save-every", "5"),
    ("evaluate", "list.txt", *CHECKPOINT, "--workers", "0"),
    ("temporal-tests", "videos", "--shuffles", "2", *CHECKPOINT),
    ("filters", "0.mp4", *CHECKPOINT),
    ("draw", "run"),
    ("receptive-field", "dtf_net_motion", "--size", "32", "--frames", "4", "--samples", "1"),
    ("frame-importance", "0.mp4", *CHECKPOINT),
)
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGINT)
ENDED = (0, 130, 143)  # in time, or as told
TIMED = ("manifest.json", "log.jsonl", "curve.png", "training.json")  # say when, and how long it took


def play(world: World) -> list[Fault]:
    """A clean run, one that is ended up to three times, and what comes of it."""
    world.unpack()
    words = (*COMMANDS[world.number % len(COMMANDS)], "-o", "out")
    number = SIGNALS[world.number // len(COMMANDS) % len(SIGNALS)]
    before, since = hidden(), time.monotonic()
    faults = world.call(*words, codes=(0,)).faults
    lasted, clean = time.monotonic() - since, digests(Path("out"))
    os.rename("out", "clean")
    for _ in range(world.draw.randint(1, 3)):
        faults += interrupt(words, number, world.draw.random() * lasted)
        if number != signal.SIGKILL and (left := hidden() - before) and words[0] not in GO_ON:
            faults.append(Fault("stray file", f"{words[0]} after {number.name}: {sorted(left)}"))
    faults += world.call(*words, codes=(0,), writes=("out", "clean", *hidden())).faults
    again = digests(Path("out"))
    if differing := sorted(name for name in clean.keys() | again.keys() if clean.get(name) != again.get(name)):
        faults.append(Fault("other bytes", f"{words[0]} after {number.name}: {', '.join(differing)}"))
    if left := hidden() - before:
        faults.append(Fault("stray file", f"{words[0]} after {number.name} and a whole run: {sorted(left)}"))
    return faults


GO_ON = ("train", "evaluate", "temporal-tests")  # keep what is done, to go on with it


def interrupt(words: tuple[str, ...], number: signal.Signals, after: float) -> list[Fault]:
    """The command in a process of its own, which hears a signal; SIGKILL it cannot hear."""
    pid = os.fork()
    if not pid:
        os._exit(run(words))
    time.sleep(after)
    os.kill(pid, number)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code in ENDED or (number == signal.SIGKILL and code == -number):
        return []
    return [Fault("wrong exit", f"{words[0]} after {number.name}: {code}")]


def hidden() -> set[str]:
    """What users do not see, here and where temporary files are."""
    places = (Path(), Path(os.environ["TMPDIR"]))
    return {str(path) for place in places for path in place.rglob("*") if path.name.startswith(".") or place != Path()}


def digests(folder: Path) -> dict[str, str]:
    """What a run wrote, but for what says when it did."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in TIMED]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
