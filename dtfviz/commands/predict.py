"""dtfviz predict VIDEO: what a model takes a video for."""

from __future__ import annotations

from typing import Any

import click

from dtfviz.commands.options import clip_options, json_option, model_options, print_json, print_table, progress, say, terminal_width


@click.command()
@click.argument("video", type=click.Path())
@model_options
@clip_options
@click.option("--clips", type=click.IntRange(min=1), default=1, show_default=True, help="Clips to average over, spread over the video.")
@click.option("--crops", type=click.Choice(["1", "3"]), default="1", show_default=True, help="Crops to average over.")
@click.option(
    "--order",
    type=click.Choice(["normal", "reversed", "shuffled", "frozen", "frozen-middle", "half-rate"]),
    default="normal",
    show_default=True,
    help="Of frames.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the shuffle.")
@click.option("--top", type=click.IntRange(min=1), default=5, show_default=True, help="How many classes to show.")
@json_option
def predict(
    video: str,
    asked: dict[str, Any],
    sampling: dict[str, Any],
    clips: int,
    crops: str,
    order: str,
    seed: int,
    top: int,
    as_json: bool,
) -> None:
    """Show the most probable classes of VIDEO, softmax scores averaged over clips and crops as the paper does."""
    from dtfviz.core.analysis.predict import predict as analyse
    from dtfviz.core.clip import THREE, reorder
    from dtfviz.core.jobs.setup import plan_views, prepare_model, reader
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.documents import prediction_document
    from dtfviz.core.render.tables import prediction_table
    from dtfviz.core.video import open_video

    if clips > 1 and (sampling["part"] or "start" in sampling or "start_frame" in sampling):
        raise click.UsageError("--clips spreads clips over the whole video: leave --clip and --start out")
    source = open_video(video)
    model = prepare_model(**asked, say=say)
    card = card_of(model)
    views = plan_views(card, source, clips=clips, crops=THREE if crops == "3" else ("center",), **sampling)
    with progress() as on_step:
        read = (reorder(clip, order, seed) for clip in reader(source, views, card.size, on_step)())
        result = analyse(model, read, top=top, order=order, on_view=lambda done: on_step("views", done, len(views)))
    if as_json:
        print_json(prediction_document(result))
    else:
        print_table(prediction_table(result, terminal_width()))
