"""Command lines that chance writes: every command, its options read from click, with values of the right kind and of
another.
"""

import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from random import Random

import click
from fuzz import wild
from fuzz.world import CODES, Fault, World

from dtfviz.commands import COMMANDS

WRITES = ("out", "dtfviz-out", "out.png", "out.pdf", "out.safetensors", "out.mp4", "run-drawn", "0.mp4-new")
FILES = ("own.safetensors", "zip.pth", "0.mp4", "names.txt", "list.txt", "frames", "run", ".", "nowhere", "/dev/null")
OUTS = (
    "out",
    "out",
    "out",
    "out/deep/er",
    "out.png",
    "out.pdf",
    "out.safetensors",
    "out.mp4",
    "0.mp4/x",
    "/dev/full/x",
)
MODELS = ("dtf_net_motion", "dtf_net_motion", "nowhere:x", "os:system", "math:pi", "dtf_net_r5", "names.txt:x")
LAYERS = ("layer3", "layer4", "layer4.0", "all", "layer9", "layers.3", "fc")
ARGUMENTS = {
    "source": ("own.safetensors", "zip.pth", "legacy.pth"),
    "folder": ("run", "run", "frames"),
    "data": ("motion", "list.txt", "list.txt", "videos", "nowhere"),
    "name": MODELS,
    "names": MODELS,
    "video": ("0.mp4", "0.mp4", "0.mp4", "frames", "videos"),
    "videos": ("0.mp4", "0.mp4", "1.mp4", "frames"),
}
# what options that take text are given, beside what is wild
EXAMPLES = {
    "--device": ("cpu", "cpu", "auto", "cuda", "cuda:7", "mps", "meta", "tpu"),
    "--labels": ("names.txt", "names.txt", "kinetics400", "0.mp4"),
    "--scale": ("clip", "frame", "fixed:0,1", "fixed:1,0", "fixed:nan,1"),
    "--channels": ("mean", "top:2", "top:999", "0,1", "5,5"),
    "--model-arg": ("a=1", "weights=DEFAULT", "frames=(1,)", "=", "a"),
    "--mean": ("0.5", "0.4,0.4,0.4", "0,0"),
    "--std": ("0.5", "0", "-1,1,1", "nan"),
    "--feed": ("math:floor", "os:system", "x"),
    "--layout": ("layer3=BCTHW", "layer3=BTHWC", "x=y"),
    "--grid": ("4x4x4", "0x0x0", "1x2"),
    "--cells": ("2x2x2", "1x1x1", "99x99x99", "0x1x1"),
    "--start": ("0", "3", "0.1s", "99s", "-1", "infs"),
    "--clip": ("1/1", "1/2", "2/1", "0/0", "1/²"),
    "--pos": ("10,10", "50%,50%", "auto", "-1,-1", "1e9,1e9", "200%,1%"),
    "--cell": ("0,0", "1,1", "99,99", "-1,0"),
    "--layer": LAYERS,
    "--blocks": ("layer4", "layer3.0", "layer9"),
    "--compare": ("layer3", "layer4", "own.safetensors", "0.mp4", "gradcam++"),
    "--views": ("1x1", "10x3", "0x0", "x"),
    "--against": ("torch", "fvcore", "nothing"),
    "--target": ("top", "0", "1", "99", "-1", "wave"),
    "--minus": ("1", "0", "wave"),
    "--method": ("gradcam", "layercam", "kpca", "random", "gradcm"),
    "--at": ("0", "0.1", "1e9", "nan"),
    "--class": ("move-left", "static", "mov"),
    "--difficulty": ("0", "1", "nan", "-1", "inf"),
    "--recipe": ("motion", "paper", "x"),
    "--model": MODELS,
    "--out": OUTS,
}
ANY = (*wild.WORDS, *map(str, wild.NUMBERS), *map(str, wild.FLOATS))
# what keeps a command short, where chance has said nothing of it
SHORT = {
    "train": {"--steps": "2", "--batch": "2", "--size": "16", "--frames": "4", "--workers": "0"},
    "evaluate": {"--length": "4", "--workers": "0", "--clips": "1"},
    "receptive-field": {"--samples": "1", "--size": "32", "--frames": "4"},
    "temporal-tests": {"--shuffles": "1"},
    "motion": {"--frames": "8", "--size": "32"},
}


def play(world: World) -> list[Fault]:
    """One such line, in this process."""
    world.unpack()
    return world.call(*line(world.draw), codes=CODES, writes=WRITES).faults


def play_alone(world: World) -> list[Fault]:
    """One such line, in a process of its own."""
    world.unpack()
    words = [word.replace("\0", "0")[:1000] for word in line(world.draw)]
    before = world.list_files(WRITES)
    command = [sys.executable, "-m", "dtfviz", *words]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
    if "Traceback" in done.stderr:
        return [Fault("traceback", done.stderr)]
    return world.judge(words, done.returncode, done.stdout + done.stderr, before, CODES, WRITES)


def line(draw: Random) -> list[str]:
    """A command with its arguments and up to six options."""
    usual = [name for name in COMMANDS if name != "demo" or draw.random() < 0.05]  # which takes its time
    name = draw.choice(usual) if draw.random() < 0.97 else draw.choice(("", "gradcma", *wild.HOSTILE))
    if name not in COMMANDS:
        return [name]
    module, _, attribute = COMMANDS[name].target.partition(":")
    command: click.Command = getattr(import_module(module), attribute)
    arguments = [word for param in command.params if isinstance(param, click.Argument) for word in named(param, draw)]
    options = [param for param in command.params if isinstance(param, click.Option)]
    chosen = draw.sample(options, draw.randrange(min(7, len(options) + 1)))
    words = [word for option in chosen for word in spelled(option, draw)]
    return [name, *arguments, *words, *brief(name, options, chosen, draw)]


def named(argument: click.Argument, draw: Random) -> list[str]:
    """One, several or none, as the argument has it; seldom too many, or wild."""
    if draw.random() < 0.05:
        return [draw.choice(wild.WORDS) for _ in range(draw.randrange(3))]
    count = draw.randint(int(argument.required), 3 if argument.nargs == -1 else 1)
    return [draw.choice(ARGUMENTS.get(str(argument.name), FILES)) for _ in range(count)]


def spelled(option: click.Option, draw: Random) -> list[str]:
    """An option with a value of its kind, or in one of ten with any."""
    name = longest(option)
    if option.is_flag:
        return [draw.choice((*option.opts, *option.secondary_opts))]
    if name != "--out" and draw.random() < 0.1:
        return [name, *(draw.choice(ANY) for _ in range(option.nargs))]
    return [name, *(value(option, draw) for _ in range(option.nargs))]


def value(option: click.Option, draw: Random) -> str:
    """What the option is meant to take, or nearly."""
    if longest(option) in EXAMPLES:
        return draw.choice(EXAMPLES[longest(option)])
    if isinstance(option.type, click.Choice):
        return str(draw.choice(option.type.choices))
    if isinstance(option.type, click.IntRange | click.FloatRange):
        low = option.type.min or 0
        return str(draw.choice((low, low + 1, low + 2, low + 7, low - 1)))
    return draw.choice(FILES if isinstance(option.type, click.Path) else ("0", "1", "-1", "7"))


def longest(option: click.Option) -> str:
    return max(option.opts, key=len)


def brief(name: str, options: Sequence[click.Option], chosen: Sequence[click.Option], draw: Random) -> list[str]:
    """What keeps a command short, and mostly a small model."""
    left = {longest(option) for option in options} - {longest(option) for option in chosen}
    wanted = dict(SHORT.get(name, {}))
    if "--checkpoint" in left and "--model" in left and name not in ("flops", "receptive-field", "doctor"):
        wanted["--checkpoint"] = "own.safetensors"
    return [word for pair in wanted.items() if pair[0] in left for word in pair]
