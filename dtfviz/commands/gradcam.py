"""dtfviz gradcam VIDEO: where and when a model looks."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dtfviz.commands.options import clip_options, figure_options, folder_options, model_options, video_argument
from dtfviz.commands.telling import progress, say, tell, terminal_width

if TYPE_CHECKING:
    from rich.console import RenderableType

METHODS = (
    "gradcam",
    "gradcam++",
    "hirescam",
    "xgradcam",
    "layercam",
    "elementwise",
    "eigencam",
    "eigengradcam",
    "kpca",
    "fem",
    "random",
)


@click.command()
@video_argument
@model_options
@clip_options
@click.option(
    "--crop",
    type=click.Choice(["center", "left", "right", "three", "full"]),
    default="center",
    show_default=True,
    help="Part of the frame; three: left, center and right, averaged where they overlap.",
)
@click.option("--whole", is_flag=True, help="The whole video, in clips that overlap by half, averaged.")
@click.option(
    "--layer",
    help="Where to look at the model; all: every stage in one picture.  [default: the model's; see dtfviz models NAME]",
)
@click.option(
    "--target", "targets", multiple=True, help="Class to explain: index, name or top; repeatable.  [default: top]"
)
@click.option("--minus", help="Explain the target less this class.")
@click.option(
    "--method",
    default="gradcam",
    show_default=True,
    metavar="|".join(METHODS[:3]) + "|...",
    help=f"One of {', '.join(METHODS)}.",
)
@click.option(
    "--per",
    type=click.Choice(["clip", "step"]),
    default="clip",
    show_default=True,
    help="Channel weights: one set, or one a step.",
)
@click.option(
    "--scale", default="clip", show_default=True, metavar="clip|frame|fixed:a,b", help="What the colours span."
)
@click.option("--opacity", type=click.FloatRange(0, 1), default=0.6, show_default=True, help="Of the hottest place.")
@click.option(
    "--faithfulness",
    is_flag=True,
    help="Test the map: deletion and insertion curves in time and space, beside random maps.",
)
@click.option("--compare", multiple=True, metavar="METHOD", help="Test the map of this method beside; repeatable.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the random control.")
@figure_options
@folder_options("VIDEO/gradcam")
def gradcam(
    video: str | None,
    asked: dict[str, Any],
    sampling: dict[str, Any],
    crop: str,
    whole: bool,
    targets: tuple[str, ...],
    minus: str | None,
    no_caption: bool,
    out: str | None,
    overwrite: bool,
    as_json: bool,
    **look: Any,
) -> None:
    """Show where and when a model looks in VIDEO (left out: the bundled clip).

    Writes overlay.mp4, sheet.png, maps.npz and manifest.json to one folder; the same command again says "up to date".
    With --faithfulness also faithfulness.png; a folder of videos in place of VIDEO is then tested as a whole, to
    compare methods.
    """
    from dtfviz.core.analysis.cam.gradcam import check_method
    from dtfviz.core.jobs.faithfulness import faithfulness_folder
    from dtfviz.core.jobs.gradcam import CamWishes, gradcam_folder
    from dtfviz.core.jobs.setup import find_video, plan_views, prepare_model
    from dtfviz.core.learning.datasets import is_video
    from dtfviz.core.media.crop import THREE
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.cam.faithfulness import faithfulness_table, read_comparison
    from dtfviz.core.render.style.colour import check_scale

    check_method(look["method"])
    check_scale(look["scale"])
    if minus is not None and len(targets) > 1:
        raise click.UsageError("--minus takes one --target")
    if whole and (sampling["part"] or "start" in sampling or "start_frame" in sampling):
        raise click.UsageError("--whole covers the video: leave --clip and --start out")
    aims = (((targets or ("top",))[0], minus),) if minus is not None else targets or (None,)
    wishes = CamWishes(aims, **look, has_caption=not no_caption)
    given: dict[str, Any] = {"wishes": wishes, "command_line": sys.argv[1:], "out": out, "overwrite": overwrite}
    if wishes.faithfulness and video and Path(video).is_dir() and not is_video(Path(video)):
        if whole or crop == "three":
            raise click.UsageError("--faithfulness tests one clip a video: leave --whole and --crop three out")
        model = prepare_model(**asked, say=say)
        with progress() as on_step:
            done = faithfulness_folder(
                model, Path(video), sampling | {"crops": (crop,)}, **given, say=say, on_step=on_step
            )
        tell(*done, [faithfulness_table(read_comparison(done[-1]), terminal_width())], as_json=as_json)
        return
    source = find_video(video, say)
    model = prepare_model(**asked, say=say)
    views = plan_views(card_of(model), source, crops=THREE if crop == "three" else (crop,), is_whole=whole, **sampling)
    with progress() as on_step:
        folder, is_new, manifest = gradcam_folder(model, source, views, **given, on_step=on_step)
    facts = {key: manifest[key] for key in ("model", "clips", "kernel", "maps")}
    tell(
        folder,
        is_new,
        {"manifest": facts},
        (line for found in manifest["maps"] for line in lines_of(found)),
        as_json=as_json,
    )


def lines_of(found: Mapping[str, Any]) -> Iterator[RenderableType]:
    """What is said of a map."""
    from dtfviz.core.render.cam.faithfulness import faithfulness_table
    from dtfviz.core.results.faithfulness import Faithfulness, MapComparison

    yield f"{found['target']['label']}: {found['probability']:.3f}  {found['layer']}, {found['method']}"
    yield from (f"  {remark}" for remark in found["remarks"])
    if "faithfulness" in found:
        tested = Faithfulness.read(found["faithfulness"])
        yield faithfulness_table(MapComparison(tested.video, (tested,)), terminal_width())
