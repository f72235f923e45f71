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
    progress,
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
    "--crop",
    type=click.Choice(["center", "left", "right", "three", "full"]),
    default="center",
    show_default=True,
    help="Part of the frame; three: left, center and right.",
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
    from dtfviz.core.clip import THREE
    from dtfviz.core.jobs.setup import DEFAULT_MODEL, plan_views, reader, sketch_model
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.tables import probe_table
    from dtfviz.core.video import open_video

    source = open_video(video)
    model = sketch_model(name or DEFAULT_MODEL, foreign, frames=frames, size=size)
    card = card_of(model)
    with progress() as on_step:
        views = plan_views(card, source, crops=THREE if crop == "three" else (crop,), **sampling)
        results = [analyse(model, clip, layer) for clip in reader(source, views, card.size, on_step)()]
    if as_json:
        documents = [asdict(result) for result in results]
        print_json({"crops": documents} if crop == "three" else documents[0])
    else:
        for result in results:
            print_table(probe_table(result, terminal_width()))
