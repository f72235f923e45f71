"""dtfviz predict VIDEO: what a model takes a video for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dtfviz.commands.options.clip import clip_options, video_argument, view_options
from dtfviz.commands.options.heading import WHAT, command, option
from dtfviz.commands.options.model import model_options
from dtfviz.commands.options.moment import moment_options
from dtfviz.commands.options.number import Count
from dtfviz.commands.options.output import json_option
from dtfviz.commands.telling import print_json, print_table, progress, say, terminal_width

if TYPE_CHECKING:
    from dtfviz.commands.options.clip import ViewChoice
    from dtfviz.core.jobs.setup import ModelChoice
    from dtfviz.core.media.sampling import ClipChoice
    from dtfviz.core.models.answers import Moment


@command()
@video_argument
@model_options
@clip_options
@view_options
@option(WHAT, "--top", type=Count(), default=5, show_default=True, help="How many classes to show.")
@moment_options
@json_option
def predict(
    video: str | None,
    asked: ModelChoice,
    choice: ClipChoice,
    views: ViewChoice,
    top: int,
    moment: Moment,
    as_json: bool,
) -> None:
    """Show the most probable classes of VIDEO (left out: the bundled clip).

    Softmax scores are averaged over clips and crops, as the paper does.
    """
    from dtfviz.core.analysis.predict import predict as analyse
    from dtfviz.core.jobs.setup import find_video, plan_views, prepare_model, reader
    from dtfviz.core.media.clip import reorder
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.predictions import prediction_document, prediction_table

    if views.clips > 1 and choice.says_where:
        raise click.UsageError("--clips spreads clips over the whole video: leave --clip and --start out")
    source = find_video(video, say)
    model = prepare_model(asked, say)
    card = card_of(model)
    planned = plan_views(card, source, choice, clips=views.clips, crops=views.crops)
    with progress() as on_step:
        read = (reorder(clip, views.order, views.seed) for clip in reader(source, planned, card.size, on_step)())
        result = analyse(
            model,
            read,
            top=top,
            order=views.order,
            moment=moment,
            on_view=lambda done: on_step("views", done, len(planned)),
        )
    if as_json:
        print_json(prediction_document(result))
    else:
        print_table(prediction_table(result, terminal_width()))
