"""dtfviz frame-importance VIDEO: how much each frame counts."""

from __future__ import annotations

import sys
from typing import Any

import click

from dtfviz.commands.options import clip_options, figure_options, folder_options, model_options, video_argument
from dtfviz.commands.telling import progress, say, tell, terminal_width


@click.command(name="frame-importance")
@video_argument
@model_options
@clip_options
@click.option("--target", help="Class: index, name or top.  [default: top]")
@click.option("--layer", help="Of the map whose energy is shown beside.  [default: the model's]")
@click.option("--method", default="gradcam", show_default=True, help="Of that map, as in dtfviz gradcam.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of a random map.")
@figure_options
@folder_options("VIDEO/frame-importance")
def frame_importance(
    video: str | None,
    asked: dict[str, Any],
    sampling: dict[str, Any],
    no_caption: bool,
    out: str | None,
    overwrite: bool,
    as_json: bool,
    **look: Any,
) -> None:
    """Show how much each frame of VIDEO counts (left out: the bundled clip).

    That is the drop in log-probability when the frame is held from the one before it, or blurred.
    """
    from dtfviz.core.analysis.cam.gradcam import check_method
    from dtfviz.core.jobs.importance import ImportanceWishes, importance_folder
    from dtfviz.core.jobs.setup import find_video, plan_views, prepare_model
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.time.importance import importance_table

    check_method(look["method"])
    source = find_video(video, say)
    model = prepare_model(**asked, say=say)
    views, wishes = plan_views(card_of(model), source, **sampling), ImportanceWishes(**look, has_caption=not no_caption)
    with progress() as on_step:
        folder, is_new, document = importance_folder(
            model, source, views, wishes, sys.argv[1:], out=out, overwrite=overwrite, on_step=on_step
        )
    tell(folder, is_new, document, [importance_table(document, terminal_width())], as_json=as_json)
