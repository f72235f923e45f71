"""dtfviz probe VIDEO: what of it would be fed to a model."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from dtfviz.commands.options import (
    checkpoint_option,
    clip_options,
    foreign_options,
    frames_option,
    json_option,
    model_option,
    size_option,
    video_argument,
)
from dtfviz.commands.telling import print_json, print_table, progress, say, terminal_width

if TYPE_CHECKING:
    from dtfviz.core.models.foreign import Foreign


@click.command()
@video_argument
@model_option
@checkpoint_option
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
    video: str | None,
    name: str | None,
    checkpoint: str | None,
    frames: int | None,
    size: int | None,
    foreign: Foreign,
    sampling: dict[str, Any],
    crop: str,
    layer: str | None,
    as_json: bool,
) -> None:
    """Say exactly what of VIDEO (left out: the bundled clip) would be fed to a model.

    Frames and their times, crop box, rotation, and the pixels of a cell.
    Nothing is run, and no weights are needed.
    """
    from dtfviz.core.analysis.probe import probe as analyse
    from dtfviz.core.jobs.setup import find_video, known_model, plan_views, reader
    from dtfviz.core.media.crop import THREE
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.style.tables import probe_table

    source = find_video(video, say)
    model = known_model(name, foreign, say, checkpoint=checkpoint, frames=frames, size=size)
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
