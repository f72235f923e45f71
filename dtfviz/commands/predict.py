"""dtfviz predict VIDEO: what a model takes a video for."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from dtfviz.commands.options import (
    clip_options,
    json_option,
    model_options,
    part_of,
    print_json,
    print_table,
    progress,
    start_of,
    terminal_width,
)


@click.command()
@click.argument("video", type=click.Path())
@model_options
@clip_options
@click.option("--clips", type=click.IntRange(min=1), default=1, show_default=True, help="Clips to average over, spread over the video.")
@click.option("--crops", type=click.Choice(["1", "3"]), default="1", show_default=True, help="Crops to average over.")
@click.option(
    "--order", type=click.Choice(["normal", "reversed", "shuffled", "frozen"]), default="normal", show_default=True, help="Of frames."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the shuffle.")
@click.option("--top", type=click.IntRange(min=1), default=5, show_default=True, help="How many classes to show.")
@json_option
def predict(video: str, clips: int, crops: str, order: str, seed: int, top: int, as_json: bool, **given: Any) -> None:
    """Show the most probable classes of VIDEO, softmax scores averaged over clips and crops as the paper does."""
    from dtfviz.core.analysis.predict import predict as analyse
    from dtfviz.core.jobs.setup import VIEWS_OF_CROPS, prepare_model, read_views
    from dtfviz.core.models import Wishes
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.tables import prediction_table
    from dtfviz.core.video import open_video

    if clips > 1 and (given["part"] or given["start"]):
        raise click.UsageError("--clips spreads clips over the whole video: leave --clip and --start out")
    asked = {key: given.pop(key) for key in ("stride", "fps")} | start_of(given.pop("start"))
    asked |= {"part": part_of(given.pop("part")), "loop": given.pop("loop")}
    wishes = Wishes(given.pop("name"), given.pop("frames"), given.pop("size"), None, given.pop("filter_layout"))
    source = open_video(video)
    model = prepare_model(wishes, **given, say=lambda line: click.echo(line, err=True))
    views = read_views(card_of(model), source, clips=clips, crops=VIEWS_OF_CROPS[int(crops)], order=order, seed=seed, **asked)
    with progress("views", clips * int(crops)) as on_view:
        result = analyse(model, views, top=top, order=order, on_view=on_view)
    if as_json:
        document = asdict(result)
        document["top"] = [{"class": guess.index, "label": guess.label, "probability": guess.probability} for guess in result.top]
        print_json(document)
    else:
        print_table(prediction_table(result, terminal_width()))
