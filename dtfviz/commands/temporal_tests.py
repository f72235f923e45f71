"""dtfviz temporal-tests VIDEO|FOLDER: how much a prediction depends on time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dtfviz.commands.options.clip import clip_options, video_argument
from dtfviz.commands.options.figure import figure_options
from dtfviz.commands.options.heading import WHAT, command, option
from dtfviz.commands.options.model import model_options
from dtfviz.commands.options.moment import moment_options
from dtfviz.commands.options.number import SEED, Count
from dtfviz.commands.options.output import Output, folder_options
from dtfviz.commands.telling import progress, say, tell, terminal_width

if TYPE_CHECKING:
    from dtfviz.core.jobs.setup import ModelChoice
    from dtfviz.core.media.sampling import ClipChoice
    from dtfviz.core.models.answers import Moment
    from dtfviz.core.render.drawing import Drawing


@command("temporal-tests")
@video_argument
@model_options
@clip_options
@option(
    WHAT,
    "--target",
    help="Class of the weights: index or name.  [default: top, or the sub-folder's name where that is a class]",
)
@option(
    WHAT,
    "--shuffles",
    type=Count(),
    default=10,
    show_default=True,
    help="How many, each from a seed of its own.",
)
@option(WHAT, "--seed", type=SEED, default=0, show_default=True, help="Of the first shuffle.")
@moment_options
@figure_options
@folder_options("VIDEO/temporal-tests")
def temporal_tests(
    video: str | None,
    asked: ModelChoice,
    choice: ClipChoice,
    target: str | None,
    shuffles: int,
    seed: int,
    moment: Moment,
    drawing: Drawing,
    output: Output,
) -> None:
    """Test how much a prediction depends on time: the clip against itself shuffled, frozen, reversed and at half its
    rate.

    Prints KL(f(x) || f(changed)), whether another class comes first, the change of the top class's log-probability, and
    the weight 1 - exp(-max(0, extra cross-entropy)). VIDEO may be left out (the bundled clip), or be a folder of
    videos, or of a sub-folder a class: a row a video then, and means; the same command goes on where it was stopped.
    """
    from dtfviz.core.jobs.setup import find_video, plan_views, prepare_model
    from dtfviz.core.jobs.temporal_tests import TemporalWishes, survey_folder, temporal_folder
    from dtfviz.core.learning.datasets import holds_videos
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.time.tests.document import survey_document, temporal_document
    from dtfviz.core.render.time.tests.table import survey_table, temporal_table

    wishes = TemporalWishes(replace(moment, target=target), shuffles, seed)
    if video is not None and holds_videos(video):
        model = prepare_model(asked, say)
        with progress() as on_step:
            survey = survey_folder(model, Path(video), choice, wishes, drawing, output.request(on_step))
        table = survey_table(survey.result, terminal_width())
        tell(survey, survey_document(survey.result), [table], as_json=output.as_json)
        return
    source = find_video(video, say)
    model = prepare_model(asked, say)
    views = plan_views(card_of(model), source, choice)
    with progress() as on_step:
        done = temporal_folder(model, source, views, wishes, drawing, output.request(on_step))
    tell(done, temporal_document(done.result), [temporal_table(done.result, terminal_width())], as_json=output.as_json)
