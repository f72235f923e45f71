"""dtfviz temporal-tests VIDEO|FOLDER: how much a prediction depends on time."""

from __future__ import annotations

import sys
from typing import Any

import click

from dtfviz.commands.options import clip_options, figure_options, folder_options, model_options, video_argument
from dtfviz.commands.telling import progress, say, tell, terminal_width


@click.command(name="temporal-tests")
@video_argument
@model_options
@clip_options
@click.option(
    "--target",
    help="Class of the weights: index or name.  [default: top, or the sub-folder's name where that is a class]",
)
@click.option(
    "--shuffles",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="How many, each from a seed of its own.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the first shuffle.")
@figure_options
@folder_options("VIDEO/temporal-tests")
def temporal_tests(
    video: str | None,
    asked: dict[str, Any],
    sampling: dict[str, Any],
    no_caption: bool,
    out: str | None,
    overwrite: bool,
    as_json: bool,
    **tests: Any,
) -> None:
    """Test how much a prediction depends on time: the clip against itself shuffled, frozen, reversed and at half its
    rate.

    Prints KL(f(x) || f(changed)), whether another class comes first, the change of the top class's log-probability, and
    the weight 1 - exp(-max(0, extra cross-entropy)). VIDEO may be left out (the bundled clip), or be a folder of
    videos, or of a sub-folder a class: a row a video then, and means; the same command goes on where it was stopped.
    """
    from pathlib import Path

    from dtfviz.core.jobs.setup import find_video, plan_views, prepare_model
    from dtfviz.core.jobs.temporal_tests import TemporalWishes, survey_folder, temporal_folder
    from dtfviz.core.learning.datasets import is_video
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.time.documents import survey_table, temporal_table
    from dtfviz.core.results.temporal_tests import TemporalSurvey

    wishes = TemporalWishes(**tests, has_caption=not no_caption)
    given: dict[str, Any] = {"wishes": wishes, "command_line": sys.argv[1:], "out": out, "overwrite": overwrite}
    if video is None or not Path(video).is_dir() or is_video(Path(video)):
        source = find_video(video, say)
        model = prepare_model(**asked, say=say)
        views = plan_views(card_of(model), source, **sampling)
        with progress() as on_step:
            folder, is_new, document = temporal_folder(model, source, views, **given, on_step=on_step)
        table = temporal_table(document, terminal_width())
    else:
        model = prepare_model(**asked, say=say)
        with progress() as on_step:
            folder, is_new, document = survey_folder(model, Path(video), sampling, **given, say=say, on_step=on_step)
        table = survey_table(TemporalSurvey.read(document), terminal_width())
    tell(folder, is_new, document, [table], as_json=as_json)
