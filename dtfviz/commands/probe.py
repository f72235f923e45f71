"""dtfviz probe VIDEO: what of it would be fed to a model."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from dtfviz.commands.options import (
    clip_options,
    foreign_options,
    frames_option,
    json_option,
    model_option,
    print_json,
    print_table,
    size_option,
    terminal_width,
)

if TYPE_CHECKING:
    from dtfviz.core.models.foreign import Foreign


@click.command()
@click.argument("video", type=click.Path())
@model_option
@frames_option
@size_option
@foreign_options
@clip_options
@click.option(
    "--crop", type=click.Choice(["center", "left", "right", "full"]), default="center", show_default=True, help="Part of the frame."
)
@click.option("--layer", help="Whose cells to map to pixels.  [default: the model's]")
@json_option
def probe(
    video: str,
    name: str | None,
    frames: int | None,
    size: int | None,
    foreign: Foreign,
    sampling: dict[str, Any],
    crop: str,
    layer: str | None,
    as_json: bool,
) -> None:
    """Say exactly what of VIDEO would be fed to a model: frames and their times, crop box, rotation, and the pixels of a cell.

    Nothing is run, and no weights are needed.
    """
    from dtfviz.core.analysis.probe import probe as analyse
    from dtfviz.core.clip import read_clip
    from dtfviz.core.jobs.setup import DEFAULT_MODEL, sketch_model
    from dtfviz.core.models.card import card_of
    from dtfviz.core.models.inputs import sampling_for
    from dtfviz.core.render.tables import probe_table
    from dtfviz.core.video import open_video

    source = open_video(video)
    model = sketch_model(name or DEFAULT_MODEL, foreign, frames=frames, size=size)
    card = card_of(model)
    result = analyse(model, read_clip(source, sampling_for(card, **sampling), card.size, crop=crop), layer)
    print_json(asdict(result)) if as_json else print_table(probe_table(result, terminal_width()))
