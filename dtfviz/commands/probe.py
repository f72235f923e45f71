"""dtfviz probe VIDEO: what of it would be fed to a model."""

from __future__ import annotations

from dataclasses import asdict

import click

from dtfviz.commands.options import (
    clip_options,
    frames_option,
    json_option,
    model_option,
    part_of,
    print_json,
    print_table,
    size_option,
    start_of,
    terminal_width,
)


@click.command()
@click.argument("video", type=click.Path())
@model_option
@frames_option
@size_option
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
    start: str | None,
    stride: int | None,
    fps: float | None,
    part: str | None,
    loop: bool,
    crop: str,
    layer: str | None,
    as_json: bool,
) -> None:
    """Say exactly what of VIDEO would be fed to a model: frames and their times, crop box, rotation, and the pixels of a cell.

    Nothing is run, and no weights are needed.
    """
    import torch

    from dtfviz.core.analysis.probe import probe as analyse
    from dtfviz.core.clip import read_clip
    from dtfviz.core.jobs.setup import DEFAULT_MODEL
    from dtfviz.core.models import build_model
    from dtfviz.core.models.card import card_of
    from dtfviz.core.models.inputs import sampling_for
    from dtfviz.core.render.tables import probe_table
    from dtfviz.core.video import open_video

    source = open_video(video)
    with torch.device("meta"):
        model = build_model(name or DEFAULT_MODEL, frames=frames, size=size)
    card = card_of(model)
    sampling = sampling_for(card, stride=stride, fps=fps, part=part_of(part), loop=loop, **start_of(start))
    result = analyse(model, read_clip(source, sampling, card.size, crop=crop), layer)
    print_json(asdict(result)) if as_json else print_table(probe_table(result, terminal_width()))
