"""dtfviz gradcam VIDEO: where and when a model looks."""

from __future__ import annotations

import sys
from typing import Any

import click

from dtfviz.commands.options import clip_options, figure_options, json_option, model_options, print_json, progress, say, video_argument

METHODS = ("gradcam", "gradcam++", "hirescam", "xgradcam", "layercam", "elementwise", "eigencam", "eigengradcam", "kpca", "fem", "random")


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
    "--layer", help="Where to look at the model; all: every stage in one picture.  [default: the model's; see dtfviz models NAME]"
)
@click.option("--target", "targets", multiple=True, help="Class to explain: index, name or top; repeatable.  [default: top]")
@click.option("--minus", help="Explain the target less this class.")
@click.option(
    "--method", default="gradcam", show_default=True, metavar="|".join(METHODS[:3]) + "|...", help=f"One of {', '.join(METHODS)}."
)
@click.option(
    "--per", type=click.Choice(["clip", "step"]), default="clip", show_default=True, help="Channel weights: one set, or one a step."
)
@click.option("--scale", default="clip", show_default=True, metavar="clip|frame|fixed:a,b", help="What the colours span.")
@click.option("--opacity", type=click.FloatRange(0, 1), default=0.6, show_default=True, help="Of the hottest place.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the random control.")
@figure_options
@click.option("-o", "--out", type=click.Path(), help="The folder to write.  [default: dtfviz-out/VIDEO/gradcam]")
@click.option("--overwrite", is_flag=True, help="Replace an earlier run.")
@json_option
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
    """
    from dtfviz.core.analysis.gradcam import check_method
    from dtfviz.core.clip import THREE
    from dtfviz.core.jobs.gradcam import CamWishes, gradcam_folder
    from dtfviz.core.jobs.setup import find_video, plan_views, prepare_model
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.colour import check_scale

    check_method(look["method"])
    check_scale(look["scale"])
    if minus is not None and len(targets) > 1:
        raise click.UsageError("--minus takes one --target")
    if whole and (sampling["part"] or "start" in sampling or "start_frame" in sampling):
        raise click.UsageError("--whole covers the video: leave --clip and --start out")
    source = find_video(video, say)
    model = prepare_model(**asked, say=say)
    views = plan_views(card_of(model), source, crops=THREE if crop == "three" else (crop,), is_whole=whole, **sampling)
    aims = (((targets or ("top",))[0], minus),) if minus is not None else targets or (None,)
    wishes = CamWishes(aims, **look, has_caption=not no_caption)
    with progress() as on_step:
        folder, is_new, manifest = gradcam_folder(model, source, views, wishes, sys.argv[1:], out=out, overwrite=overwrite, on_step=on_step)
    state = "written" if is_new else "up to date"
    if as_json:
        facts = {key: manifest[key] for key in ("model", "clips", "kernel", "maps")}
        print_json({"folder": str(folder), "state": state, "manifest": facts})
        return
    for found in manifest["maps"]:
        click.echo(f"{found['target']['label']}: {found['probability']:.3f}  {found['layer']}, {found['method']}")
        for remark in found["remarks"]:
            click.echo(f"  {remark}")
    click.echo(f"{folder}: {state}")
