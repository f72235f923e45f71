"""dtfviz frame-importance VIDEO: how much each frame counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dtfviz.commands.options.clip import clip_options, video_argument
from dtfviz.commands.options.figure import figure_options
from dtfviz.commands.options.grid import Grid, as_grid
from dtfviz.commands.options.heading import WHAT, bundling, command, option
from dtfviz.commands.options.model import model_options
from dtfviz.commands.options.moment import moment_options
from dtfviz.commands.options.number import SEED
from dtfviz.commands.options.output import Output, folder_options
from dtfviz.commands.telling import progress, say, tell, terminal_width

if TYPE_CHECKING:
    from dtfviz.core.jobs.importance import ImportanceWishes
    from dtfviz.core.jobs.setup import ModelChoice
    from dtfviz.core.media.sampling import ClipChoice
    from dtfviz.core.models.answers import Moment
    from dtfviz.core.render.drawing import Drawing


def wishes_of(
    target: str | None, layer: str | None, method: str, seed: int, cells: Grid | None, moment: Moment
) -> ImportanceWishes:
    """Which class is followed, and what is shown beside."""
    from dtfviz.core.analysis.cam.gradcam import check_method
    from dtfviz.core.jobs.importance import ImportanceWishes

    check_method(method)
    return ImportanceWishes(replace(moment, target=target), layer, method, seed, cells)


@command("frame-importance")
@video_argument
@model_options
@clip_options
@option(WHAT, "--target", help="Class: index, name or top.  [default: top]")
@option(WHAT, "--layer", help="Of the map whose energy is shown beside.  [default: the model's]")
@option(WHAT, "--method", default="gradcam", show_default=True, help="Of that map, as in dtfviz gradcam.")
@option(WHAT, "--seed", type=SEED, default=0, show_default=True, help="Of a random map.")
@option(
    WHAT,
    "--cells",
    metavar="TxHxW",
    callback=as_grid,
    help="Blur cells too, so many in time, down and across, as in 4x4x4: the model runs once a cell.  [default: none]",
)
@moment_options
@figure_options
@folder_options("VIDEO/frame-importance")
@bundling("wishes", wishes_of)
def frame_importance(
    video: str | None,
    asked: ModelChoice,
    choice: ClipChoice,
    wishes: ImportanceWishes,
    drawing: Drawing,
    output: Output,
) -> None:
    """Show how much each frame of VIDEO counts (left out: the bundled clip).

    That is the drop in log-probability when the frame is held from the one before it, or blurred; with --cells also
    when a piece of the clip's time and picture is blurred.
    """
    from dtfviz.core.jobs.importance import importance_folder
    from dtfviz.core.jobs.setup import find_video, plan_views, prepare_model
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.time.importance.document import importance_document
    from dtfviz.core.render.time.importance.table import importance_table

    source = find_video(video, say)
    model = prepare_model(asked, say)
    views = plan_views(card_of(model), source, choice)
    with progress() as on_step:
        done = importance_folder(model, source, views, wishes, drawing, output.request(on_step))
    table = importance_table(done.result, terminal_width())
    tell(done, importance_document(done.result), [table], as_json=output.as_json)
