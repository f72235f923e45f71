"""Where commands are told to write: nothing is lost that is not ours, and nothing hidden stays."""

import os
from collections.abc import Callable
from itertools import product
from pathlib import Path

from fuzz.world import Fault, World

OURS = ("-o", "out")
CHECKPOINT = ("--checkpoint", "own.safetensors")
SMALL = ("--frames", "4", "--size", "16", "--workers", "0")
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("gradcam", "0.mp4", *CHECKPOINT),
    ("filters", "0.mp4", *CHECKPOINT),
    ("temporal-tests", "videos", "--shuffles", "1", *CHECKPOINT),
    ("evaluate", "list.txt", *CHECKPOINT, "--workers", "0"),
    ("train", "motion", *SMALL, "--steps", "1", "--batch", "2"),
    ("draw", "run"),
    ("convert", "zip.pth", "--model", "dtf_net_motion", "--partial"),
    ("motion", "--frames", "4", "--size", "32"),
    ("flops", "dtf_net_motion"),
)
CODES = (0, 2, 3, 4, 7)
THEIRS = "theirs.txt"


def folder(path: str) -> str:
    """With something in it that is not ours."""
    Path(path).mkdir(parents=True)
    Path(path, THEIRS).write_text("mine")
    return path


def linked(target: str) -> str:
    Path("link").symlink_to(target)
    return "link"


def closed() -> str:
    """One that may not be written, but by root."""
    os.chmod(folder("closed"), 0o500)
    return "closed/out"


def occupied() -> str:
    """A folder of ours, with something beside that is not."""
    os.rename("run", "out") if not Path("out").exists() else None
    Path("out", THEIRS).write_text("mine")
    return "out"


def a_file() -> str:
    Path(THEIRS).write_text("mine")
    return THEIRS


def pipe() -> str:
    os.mkfifo("pipe")
    return "pipe"


KINDS: tuple[Callable[[], str], ...] = (
    lambda: "out",
    lambda: "out/deep/er/",
    lambda: ".",
    lambda: "..",
    lambda: "",
    lambda: "/",
    lambda: folder("out"),
    lambda: linked(folder("real")),
    lambda: linked("nowhere"),
    lambda: linked("link"),
    lambda: linked("/dev/null"),
    closed,
    occupied,
    a_file,
    lambda: f"{a_file()}/x",
    pipe,
    lambda: "/proc/self/x",
    lambda: "/sys/x",
    lambda: "/dev/full",
    lambda: "/dev/full/x",
    lambda: "o" * 300,
    lambda: "/".join(["o" * 200] * 30),
    lambda: "out\nput",
    lambda: "~/out",
    lambda: "out.png",
    lambda: "run/result",
    lambda: "own.safetensors/x",
)
CASES = (*product(COMMANDS, KINDS, ((), ("--overwrite",))),)


def play(world: World) -> list[Fault]:
    """A command, a place, and whether what stands there may go."""
    world.unpack()
    words, place, more = CASES[world.number % len(CASES)]
    out = place()
    theirs = {path: path.read_bytes() for path in world.folder.rglob(THEIRS)}
    wrote = {(*Path(out).parts, ".")[0]} - {"/", "run", "own.safetensors", "link"} if out else set()
    if words[0] in ("flops",):
        more = ()
    wrote |= {"dtfviz-out", "run-drawn", "real", "nowhere"}
    ending = world.call(*words, "-o", out, *more, codes=CODES, writes=wrote)
    lost = [path.name for path, data in theirs.items() if not path.is_file() or path.read_bytes() != data]
    if words[0] in ("convert", "motion") and more and out == THEIRS:
        lost = []  # a file to replace was named, and replacing it asked for
    return [
        *ending.faults,
        *(Fault("stray file", f"{' '.join(words)} -o {out!r} {more}: {name} is gone") for name in lost),
    ]
