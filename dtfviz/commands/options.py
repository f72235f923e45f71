"""Options and habits that several commands share."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from dtfviz.core.models import MODELS, resolve

if TYPE_CHECKING:
    from rich.console import RenderableType


class ModelName(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.2 on
    """A name of MODELS or a released alias; completes, and suggests what was meant."""

    name = "model"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return resolve(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(name, help=entry.about) for name, entry in MODELS.items() if name.startswith(incomplete)]


MODEL_NAME = ModelName()
device_option = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:1; auto falls back to the CPU.")
checkpoint_option = click.option("--checkpoint", type=click.Path(), help="Weights.  [default: random ones, which mean nothing]")
model_option = click.option("--model", "name", type=MODEL_NAME, help="The model.  [default: read off the checkpoint]")
classes_option = click.option("--classes", "num_classes", type=click.IntRange(min=1), help="Number of classes.  [default: the model's]")
layout_option = click.option(
    "--filter-layout", type=click.Choice(["released", "paper"]), help="How filters are shared; no foreign file says it."
)
labels_option = click.option("--labels", metavar="FILE|kinetics400", help="Class names: a line each, or JSON.")
partial_option = click.option("--partial", is_flag=True, help="Accept a file that leaves some of the model at its initial values.")
frames_option = click.option("--frames", type=click.IntRange(min=1), help="Frames of a clip.  [default: the model's]")
size_option = click.option("--size", type=click.IntRange(min=1), help="Height and width of a clip in pixels.  [default: the model's]")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")


def start_of(value: str | None) -> dict[str, float | int]:
    """`12` is a frame, `1.5` and `2s` are seconds."""
    if value is None:
        return {}
    try:
        return {"start_frame": int(value)} if value.isdigit() else {"start": float(value.removesuffix("s"))}
    except ValueError:
        raise click.BadParameter(f"{value!r} is neither a frame such as 12 nor seconds such as 1.5s", param_hint="--start") from None


def part_of(value: str | None) -> tuple[int, int] | None:
    """`2/10`: the second of ten clips."""
    if value is None:
        return None
    part, slash, parts = value.partition("/")
    if not (slash and part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise click.BadParameter(f"{value!r} is not one of several clips, such as 1/10", param_hint="--clip")
    return int(part), int(parts)


def clip_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which frames of the video: the same on every command that takes one."""
    for option in reversed(
        (
            click.option("--start", help="Where the clip begins: a frame (12) or seconds (1.5s).  [default: centred]"),
            click.option(
                "--stride", type=click.IntRange(min=1), help="Video frames from one clip frame to the next.  [default: the model's]"
            ),
            click.option("--fps", type=click.FloatRange(min=0, min_open=True), help="Clip frames a second, instead of a stride."),
            click.option("--clip", "part", metavar="I/N", help="The I-th of N clips, spread as the paper's evaluation does."),
            click.option("--loop", is_flag=True, help="Begin again where a short video ends."),
        )
    ):
        command = option(command)
    return command


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which model, with which weights, on which clips and device."""
    for option in reversed(
        (model_option, checkpoint_option, frames_option, size_option, layout_option, labels_option, partial_option, device_option)
    ):
        command = option(command)
    return command


@contextmanager
def progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr that hears how many are done; nothing where that is no terminal, or for a single one."""
    if total < 2 or not sys.stderr.isatty():
        yield lambda done: None
        return
    with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
        yield lambda done: bar.update(done - bar.pos)


def print_json(document: object) -> None:
    """The one JSON document of a command, on stdout."""
    click.echo(json.dumps(document, indent=2, allow_nan=False))


def print_table(table: RenderableType) -> None:
    """A table on stdout, as wide as the terminal."""
    from rich.console import Console

    Console(no_color="NO_COLOR" in os.environ, highlight=False).print(table)


def terminal_width() -> int:
    from rich.console import Console

    return Console().width
