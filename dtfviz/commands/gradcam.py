"""dtfviz gradcam VIDEO: where and when a model looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dtfviz.commands.options.clip import clip_options, crop_option, crops_of, video_argument
from dtfviz.commands.options.figure import cam_drawing_of, overlay_options, page_options
from dtfviz.commands.options.heading import CLIP, WHAT, bundling, command, option
from dtfviz.commands.options.model import model_options
from dtfviz.commands.options.moment import moment_options
from dtfviz.commands.options.number import SEED
from dtfviz.commands.options.output import Output, folder_options
from dtfviz.commands.telling import progress, say, tell, terminal_width
from dtfviz.core.choices import CROPS, METHODS

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dtfviz.core.jobs.setup import ModelChoice
    from dtfviz.core.media.sampling import ClipChoice
    from dtfviz.core.models.answers import Moment
    from dtfviz.core.render.drawing import CamDrawing
    from dtfviz.core.results.cam import CamStudy


@command()
@video_argument
@model_options
@clip_options
@crop_option(
    *CROPS[:3],
    "three",
    *CROPS[3:],
    help="Part of the frame; three: left, center and right, averaged where they overlap.",
)
@option(CLIP, "--whole", is_flag=True, help="The whole video, in clips that overlap by half, averaged.")
@option(
    WHAT,
    "--layer",
    help="Where to look at the model; all: every stage, also in one picture.  [default: see dtfviz models NAME]",
)
@option(
    WHAT,
    "--target",
    "targets",
    multiple=True,
    help="Class to explain: index, name or top; repeatable.  [default: top]",
)
@option(WHAT, "--minus", help="Explain the target less this class.")
@option(
    WHAT,
    "--method",
    default="gradcam",
    show_default=True,
    metavar="|".join(METHODS[:3]) + "|...",
    help=f"One of {', '.join(METHODS)}.",
)
@option(
    WHAT,
    "--per",
    type=click.Choice(["clip", "step"]),
    default="clip",
    show_default=True,
    help="Channel weights: one set, or one a step.",
)
@option(
    WHAT,
    "--faithfulness",
    is_flag=True,
    help="Test the map: deletion and insertion curves in time and space, beside 10 random maps: the model runs "
    "662 times, and 60 times more a method compared.",
)
@option(WHAT, "--compare", multiple=True, metavar="METHOD", help="Test the map of this method beside; repeatable.")
@option(
    WHAT,
    "--sanity",
    is_flag=True,
    help="Shuffle the weights from the answer down, and say how much the map changes: a map a part, 20 or so.",
)
@option(WHAT, "--seed", type=SEED, default=0, show_default=True, help="Of random maps and shuffled weights.")
@moment_options
@overlay_options
@page_options
@folder_options("VIDEO/gradcam")
@bundling("drawing", cam_drawing_of)
def gradcam(
    video: str | None,
    asked: ModelChoice,
    choice: ClipChoice,
    crop: str,
    whole: bool,
    layer: str | None,
    targets: tuple[str, ...],
    minus: str | None,
    method: str,
    per: str,
    faithfulness: bool,
    compare: tuple[str, ...],
    sanity: bool,
    seed: int,
    moment: Moment,
    drawing: CamDrawing,
    output: Output,
) -> None:
    """Show where and when a model looks in VIDEO (left out: the bundled clip).

    Writes overlay.mp4, sheet.png, maps.npz and manifest.json to one folder; the same command again says "up to date".
    With --sanity also sanity.png. With --faithfulness also faithfulness.png; a folder of videos in place of VIDEO is
    then tested as a whole, to compare methods.
    """
    from dtfviz.core.analysis.cam.gradcam import check_method
    from dtfviz.core.jobs.faithfulness import faithfulness_folder
    from dtfviz.core.jobs.gradcam import CamWishes, gradcam_folder
    from dtfviz.core.jobs.setup import find_video, plan_views, prepare_model
    from dtfviz.core.learning.datasets import holds_videos
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.cam.faithfulness.document import comparison_document
    from dtfviz.core.render.cam.faithfulness.table import faithfulness_table

    check_method(method)
    if minus is not None and len(targets) > 1:
        raise click.UsageError("--minus takes one --target")
    if whole and choice.says_where:
        raise click.UsageError("--whole covers the video: leave --clip and --start out")
    aims = (((targets or ("top",))[0], minus),) if minus is not None else targets or (None,)
    wishes = CamWishes(
        tuple(replace(moment, target=aim) for aim in aims), layer, method, per, seed, faithfulness, compare, sanity
    )
    if faithfulness and video and holds_videos(video):
        if sanity:
            raise click.UsageError("--sanity tests one video at a time")
        if whole or crop == "three":
            raise click.UsageError("--faithfulness tests one clip a video: leave --whole and --crop three out")
        model = prepare_model(asked, say)
        with progress() as on_step:
            request = output.request(on_step)
            tested = faithfulness_folder(model, Path(video), choice, crop, wishes, drawing, request)
        table = faithfulness_table(tested.result, terminal_width())
        tell(tested, comparison_document(tested.result), [table], as_json=output.as_json)
        return
    source = find_video(video, say)
    model = prepare_model(asked, say, looks_inside=sanity)
    if source.height > drawing.overlay_height and layer != "all":
        say(f"the overlay is {drawing.overlay_height} pixels high, the video {source.height}: see --overlay-height")
    views = plan_views(card_of(model), source, choice, crops=crops_of(crop), is_whole=whole)
    with progress() as on_step:
        done = gradcam_folder(model, source, views, wishes, drawing, output.request(on_step))
    facts = done.said("model", "clips", "kernel", "maps")
    tell(done, {"manifest": facts}, lines_of(done.result), as_json=output.as_json)


def lines_of(found: CamStudy) -> Iterator[RenderableType]:
    """What is said of every map."""
    from dtfviz.core.render.cam.faithfulness.table import faithfulness_table
    from dtfviz.core.render.cam.sanity.words import sanity_lines
    from dtfviz.core.render.cam.words import headline
    from dtfviz.core.results.faithfulness import MapComparison

    for target in found.targets:
        for mosaic in target.layers:
            cam = mosaic.one
            yield f"{headline(mosaic, digits=3)}  {cam.layer}, {cam.method}"
            yield from (f"  {remark}" for remark in mosaic.remarks)
        if target.sanity is not None:
            yield from sanity_lines(target.sanity)
        if target.proof is not None:
            yield faithfulness_table(MapComparison(target.proof.video, (target.proof,)), terminal_width())
