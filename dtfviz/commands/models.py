"""dtfviz models [NAME]: the models we have, or what can be looked at inside one."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from dtfviz.commands.options.heading import command
from dtfviz.commands.options.model import MODEL_NAME, foreign_options, frames_option, size_option
from dtfviz.commands.options.output import json_option
from dtfviz.commands.telling import print_json, print_lines, print_table, terminal_width
from dtfviz.core.models.catalogue import MODELS

if TYPE_CHECKING:
    from dtfviz.core.models.foreign import Foreign


@command()
@click.argument("name", type=MODEL_NAME, required=False)
@frames_option
@size_option
@foreign_options
@json_option
def models(name: str | None, frames: int | None, size: int | None, foreign: Foreign, as_json: bool) -> None:
    """List the models; with NAME, the layers that can be analysed, their shapes, and which carry a temporal operator.

    NAME may be anyone's factory: package.module:factory or file.py:factory, whose code is run.
    """
    if name is None:
        if frames or size:
            raise click.UsageError("--frames and --size describe one model: dtfviz models NAME --frames N")
        print_json({"models": listing()}) if as_json else print_lines(plain_listing())
        return
    from dtfviz.core.analysis.layers import describe_layers
    from dtfviz.core.jobs.setup import sketch_model
    from dtfviz.core.render.models import layer_table

    result = describe_layers(sketch_model(name, foreign, frames=frames, size=size))
    print_json(asdict(result)) if as_json else print_table(layer_table(result, terminal_width()))


def listing() -> list[dict[str, str | int]]:
    """The models as rows."""
    return [
        {"name": name, "alias": entry.alias, "frames": entry.frames, "size": entry.size, "about": entry.about}
        for name, entry in MODELS.items()
    ]


def plain_listing() -> list[str]:
    """Aligned columns without rich: the list appears as fast as `--help`."""
    heads: dict[str, str | int] = {
        "name": "model",
        "frames": "frames",
        "size": "px",
        "about": "what it is",
        "alias": "released name",
    }
    rows = [heads, *listing()]
    widths = {key: max(len(str(row[key])) for row in rows) for key in heads}
    numbers = ("frames", "size")
    return [
        "  ".join(
            f"{row[key]!s:>{widths[key]}}" if key in numbers else f"{row[key]!s:<{widths[key]}}" for key in heads
        ).rstrip()
        for row in rows
    ]
