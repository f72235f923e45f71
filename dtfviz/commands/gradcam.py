"""dtfviz gradcam VIDEO: where and when a model looks."""

from __future__ import annotations

import sys
from typing import Any

import click

from dtfviz.commands.options import clip_options, json_option, model_options, part_of, print_json, progress, start_of

METHODS = ("gradcam", "gradcam++", "hirescam", "xgradcam", "layercam", "elementwise", "eigencam", "eigengradcam", "kpca", "fem", "random")


@click.command()
@click.argument("video", type=click.Path())
@model_options
@clip_options
@click.option(
    "--crop", type=click.Choice(["center", "left", "right", "full"]), default="center", show_default=True, help="Part of the frame."
)
@click.option("--layer", help="Where to look at the model.  [default: the model's; see dtfviz models NAME]")
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
@click.option("--dpi", type=click.IntRange(30, 1200), default=200, show_default=True, help="Of the sheet.")
@click.option("--no-caption", is_flag=True, help="Leave the small line under the sheet out.")
@click.option("-o", "--out", type=click.Path(), help="The folder to write.  [default: dtfviz-out/VIDEO/gradcam]")
@click.option("--overwrite", is_flag=True, help="Replace an earlier run.")
@json_option
def gradcam(
    video: str,
    crop: str,
    layer: str | None,
    targets: tuple[str, ...],
    minus: str | None,
    method: str,
    per: str,
    scale: str,
    opacity: float,
    seed: int,
    dpi: int,
    no_caption: bool,
    out: str | None,
    overwrite: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Show where and when a model looks in VIDEO.

    Writes overlay.mp4, sheet.png, maps.npz and manifest.json to one folder; the same command again says "up to date".
    """
    from dtfviz.core.analysis.gradcam import check_method
    from dtfviz.core.clip import read_clip
    from dtfviz.core.jobs.gradcam import CamWishes, gradcam_folder
    from dtfviz.core.jobs.setup import prepare_model
    from dtfviz.core.models import Wishes
    from dtfviz.core.models.card import card_of
    from dtfviz.core.models.inputs import sampling_for
    from dtfviz.core.render.colour import check_scale
    from dtfviz.core.video import open_video

    check_method(method)
    check_scale(scale)
    if minus is not None and len(targets) > 1:
        raise click.UsageError("--minus takes one --target")
    asked = {key: given.pop(key) for key in ("stride", "fps", "loop")} | start_of(given.pop("start")) | {"part": part_of(given.pop("part"))}
    source = open_video(video)
    wishes = Wishes(given.pop("name"), given.pop("frames"), given.pop("size"), None, given.pop("filter_layout"))
    model = prepare_model(wishes, **given, say=lambda line: click.echo(line, err=True))
    card = card_of(model)
    clip = read_clip(source, sampling_for(card, **asked), card.size, crop=crop)
    aims = (((targets or ("top",))[0], minus),) if minus is not None else targets or (None,)
    wanted = CamWishes(aims, layer, method, per, scale, opacity, seed, dpi, not no_caption)
    span = max(clip.indices) - min(clip.indices) + 1
    with progress("writing", span) as on_frame:
        folder, is_new, manifest = gradcam_folder(model, clip, wanted, sys.argv[1:], out=out, overwrite=overwrite, on_frame=on_frame)
    state = "written" if is_new else "up to date"
    if as_json:
        print_json({"folder": str(folder), "state": state, "manifest": {key: manifest[key] for key in ("model", "clip", "kernel", "maps")}})
        return
    for found in manifest["maps"]:
        click.echo(f"{found['target']['label']}: {found['probability']:.3f}  {found['layer']}, {found['method']}")
        for remark in found["remarks"]:
            click.echo(f"  {remark}")
    click.echo(f"{folder}: {state}")
