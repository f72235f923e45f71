"""Options and habits that several commands share."""

from __future__ import annotations

import json
import os
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
