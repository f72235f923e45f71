"""dtfviz predict VIDEO: what a model takes a video for."""

from __future__ import annotations

from typing import Any

import click

from dtfviz.commands.options import clip_options, json_option, model_options, video_argument, view_options
from dtfviz.commands.telling import print_json, print_table, progress, say, terminal_width


@click.command()
@video_argument
@model_options
@clip_options
@view_options
@click.option("--top", type=click.IntRange(min=1), default=5, show_default=True, help="How many classes to show.")
@json_option
def predict(
    video: str | None,
    asked: dict[str, Any],
    sampling: dict[str, Any],
    viewed: dict[str, Any],
    top: int,
    as_json: bool,
) -> None:
    """Show the most probable classes of VIDEO (left out: the bundled clip).

    Softmax scores are averaged over clips and crops, as the paper does.
    """
    from dtfviz.core.analysis.predict import predict as analyse
    from dtfviz.core.jobs.setup import find_video, plan_views, prepare_model, reader
    from dtfviz.core.media.clip import reorder
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.documents import prediction_document
    from dtfviz.core.render.style.tables import prediction_table

    order, seed = viewed["order"], viewed["seed"]
    if viewed["clips"] > 1 and (sampling["part"] or "start" in sampling or "start_frame" in sampling):
        raise click.UsageError("--clips spreads clips over the whole video: leave --clip and --start out")
    source = find_video(video, say)
    model = prepare_model(**asked, say=say)
    card = card_of(model)
    views = plan_views(card, source, clips=viewed["clips"], crops=viewed["crops"], **sampling)
    with progress() as on_step:
        read = (reorder(clip, order, seed) for clip in reader(source, views, card.size, on_step)())
        result = analyse(model, read, top=top, order=order, on_view=lambda done: on_step("views", done, len(views)))
    if as_json:
        print_json(prediction_document(result))
    else:
        print_table(prediction_table(result, terminal_width()))
