"""Hostile texts wherever a file can bring one, shown by whatever shows it: tables, errors, figures, a terminal."""

import json
import os
import pty
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fuzz import wild
from fuzz.checkpoints import pack
from fuzz.world import CONTROL, Fault, World, run, spell
from safetensors import safe_open
from safetensors.torch import load_file

TEXTS = (
    *wild.HOSTILE,
    "\x1b[31mred",
    "\r\rover",
    "\x07\x08",
    "{0}%s",
    "[bold]b[/bold]",
    "$x^2$ \\frac",
    "\u2066\u200f",
    "<script>",
)
CODES = (0, 2, 3, 4, 7)
TERMINAL = re.compile(r"\x1b\[[0-9;]*[mAK]|\x1b\[\?25[lh]|\r|\x1b\[2K|\x1b\[1A")  # colours, and a bar drawn over itself
COMMANDS = {
    "predict": (),
    "probe": (),
    "gradcam": ("-o", "out"),
    "filters": ("-o", "out"),
    "temporal-tests": ("--shuffles", "1", "-o", "out"),
    "frame-importance": ("-o", "out"),
}


def play(world: World) -> list[Fault]:
    """A text, a place that it stands in, a command that meets it there."""
    world.unpack()
    number, text = divmod(world.number, len(TEXTS))
    number, place = divmod(number, len(PLACES))
    words = PLACES[place](world, TEXTS[text], list(COMMANDS)[number % len(COMMANDS)])
    words = [word.replace("\0", "0") for word in words]  # no system hands one over
    if number % 2:
        return in_terminal(world, words)
    ending = world.call(*words, codes=CODES, writes=("out", "dtfviz-out"))
    injected = "\n" in TEXTS[text] and any(
        line.startswith(TEXTS[text].partition("\n")[2]) for line in ending.out.split("\n")
    )
    return ending.faults + ([Fault("unescaped", f"{spell(words)}: a line of its own")] if injected else [])


# --- where texts come from --------------------------------------------------------------------------------------------
def file_name(text: str) -> str:
    """A text as the name of a file; the system allows all but two characters."""
    return text.translate({0: "0", ord("/"): "|"})


def in_video(world: World, text: str, command: str) -> list[str]:
    name = f"{file_name(text)}.mp4"
    shutil.copy("0.mp4", name)
    return [command, f"./{name}", *COMMANDS[command], "--checkpoint", "own.safetensors"]


def in_checkpoint(world: World, text: str, command: str) -> list[str]:
    name = f"{file_name(text)}.safetensors"
    shutil.copy("own.safetensors", name)
    return [command, "0.mp4", *COMMANDS[command], "--checkpoint", f"./{name}"]


def in_labels(world: World, text: str, command: str) -> list[str]:
    Path("names.json").write_text(json.dumps([text, f"{text}2", "c"]))
    labels = ("--labels", "names.json") if command != "probe" else ()
    return [command, "0.mp4", *COMMANDS[command], "--checkpoint", "own.safetensors", *labels]


def in_record(world: World, text: str, command: str) -> list[str]:
    with safe_open("own.safetensors", framework="pt") as file:
        record = json.loads(file.metadata()["dtfviz"])
    record |= {"classes": [text, f"{text}2", "c"], "classes_note": text, "provenance": {"file": text}, "model": text}
    pack(load_file("own.safetensors"), {"dtfviz": json.dumps(record)}, Path("w.safetensors"))
    return [command, "0.mp4", *COMMANDS[command], "--checkpoint", "w.safetensors"]


def in_tensors(world: World, text: str, command: str) -> list[str]:
    tensors = load_file("own.safetensors")
    tensors[text] = tensors.pop(world.draw.choice(list(tensors))) if world.draw.random() < 0.5 else tensors["fc.bias"]
    with safe_open("own.safetensors", framework="pt") as file:
        pack(tensors, file.metadata(), Path("w.safetensors"))
    partial = ("--partial",) if command != "probe" else ()
    return [command, "0.mp4", *COMMANDS[command], "--checkpoint", "w.safetensors", *partial]


def in_class_folders(world: World, text: str, command: str) -> list[str]:
    """Videos of two classes, whose folders are named so."""
    names = (file_name(text) or "x", f"{file_name(text)}2")
    for name in names:
        shutil.copytree("videos", Path("data") / name)
    Path("names.json").write_text(json.dumps([*names, "c"]))
    if command in ("predict", "probe", "filters"):
        tiny = ("--frames", "4", "--size", "16", "--workers", "0", "--steps", "1", "--batch", "2")
        return ["train", "data", "-o", "out", "--model", "dtf_net_motion", *tiny]
    labels = ("--checkpoint", "own.safetensors", "--labels", "names.json")
    if command == "temporal-tests":
        return [command, "data", *COMMANDS[command], *labels]
    return ["evaluate", "data", "-o", "out", "--workers", "0", *labels]


def in_options(world: World, text: str, command: str) -> list[str]:
    option = world.draw.choice(("--layer", "--target", "--model", "--start", "--checkpoint", "--labels", "--out", text))
    return [command, "0.mp4", *COMMANDS[command], "--checkpoint", "own.safetensors", option, text][: 99 if text else 2]


PLACES: tuple[Callable[[World, str, str], list[str]], ...] = (
    in_video,
    in_checkpoint,
    in_labels,
    in_record,
    in_tensors,
    in_class_folders,
    in_options,
)


# --- where they are shown ---------------------------------------------------------------------------------------------
def in_terminal(world: World, words: list[str]) -> list[Fault]:
    """The command in a pseudo-terminal, which nothing but our own colours and bars may drive."""
    pid, screen = pty.fork()
    if not pid:
        os.environ |= {"TERM": "xterm-256color", "COLUMNS": "100"}
        os._exit(run(words))
    shown = b""
    with suppress(OSError):  # the terminal closes with its last process
        while data := os.read(screen, 1 << 16):
            shown += data
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    world.codes.append(code)
    printed = shown.decode(errors="replace")
    faults = [] if code in CODES else [Fault("wrong exit", f"{spell(words)}: {code}, {printed[-500:]!r}")]
    if odd := CONTROL.search(rest := TERMINAL.sub("", printed)):
        faults.append(
            Fault("unescaped", f"in a terminal, {spell(words)}: {rest[max(0, odd.start() - 60) : odd.end()]!r}")
        )
    return faults
