"""dtfviz receptive-field: how far a position of a layer sees."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from dtfviz.commands.options import (
    MODEL_NAME,
    cell_of,
    clip_options,
    figure_options,
    folder_options,
    form_option,
    model_options,
)
from dtfviz.commands.telling import print_json, print_table, progress, say, tell, terminal_width
from dtfviz.core.models import TEMPORAL


@click.command("receptive-field")
@click.argument("names", nargs=-1, type=MODEL_NAME)
@model_options
@click.option(
    "--compare", is_flag=True, help="Several models in one figure: receptive-field --compare dtf_net_r50 c2d_r50."
)
@click.option(
    "--variant",
    "variants",
    multiple=True,
    type=click.Choice([*TEMPORAL, "all"]),
    help="Temporal operators to compare; repeatable.",
)
@click.option(
    "--blocks",
    multiple=True,
    help="Stages or blocks that carry the variant, such as layer3.5; repeatable.  [default: all]",
)
@click.option("--video", type=click.Path(), help="Feed clips of it.  [default: noise]")
@clip_options
@click.option("--layer", help="Whose position.  [default: the model's; see dtfviz models NAME]")
@click.option("--step", type=click.IntRange(min=0), help="Its step.  [default: the middle]")
@click.option("--cell", metavar="COL,ROW", help="Its cell in the layer's grid.  [default: the middle]")
@click.option("--samples", type=click.IntRange(min=1), default=8, show_default=True, help="Clips to average over.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of noise and signs.")
@click.option(
    "--alpha",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="Of temporal operators with random weights.",
)
@click.option(
    "--theory", "only_theory", is_flag=True, help="Print what every layer can see, by structure; measure nothing."
)
@form_option
@figure_options
@folder_options("MODEL/receptive-field, or of the video")
def receptive_field(
    names: tuple[str, ...],
    asked: dict[str, Any],
    sampling: dict[str, Any],
    compare: bool,
    variants: tuple[str, ...],
    blocks: tuple[str, ...],
    video: str | None,
    cell: str | None,
    only_theory: bool,
    form: str,
    no_caption: bool,
    out: str | None,
    overwrite: bool,
    as_json: bool,
    **look: Any,
) -> None:
    """Show how far a position of a layer sees in space and time.

    By structure: what can change it at all. By measurement: how much each frame and pixel does, from gradients over
    clips of noise or of a video. Writes receptive_field.png, receptive_field.npz and manifest.json to one folder; the
    same command again says "up to date".
    """
    from dtfviz.core.jobs.reach import ReachWishes, prepare_models, reach_folder
    from dtfviz.core.media.video import open_video

    wanted = [*names, *([asked["wishes"].name] if asked["wishes"].name else [])]
    check_wishes(wanted, asked["checkpoint"], compare, variants, blocks, any_clip(sampling, video))
    source = open_video(video) if video else None
    place = cell_of(cell) if cell else None
    kinds = TEMPORAL if "all" in variants else variants
    models = prepare_models(wanted or [None], kinds, blocks, look["alpha"], say=say, **asked)
    if only_theory:
        show_theory(models, as_json)
        return
    wishes = ReachWishes(
        **look, cell=(place.col, place.row) if place else None, suffix=f".{form}", has_caption=not no_caption
    )
    with progress() as on_step:
        folder, is_new, manifest = reach_folder(
            models, source, sampling, wishes, sys.argv[1:], out=out, overwrite=overwrite, on_step=on_step
        )
    facts = {key: manifest[key] for key in ("video", "kernel", "models")}
    lines = (line for label, found in manifest["models"].items() for line in lines_of(label, found))
    tell(folder, is_new, {"manifest": facts}, lines, as_json=as_json)


def any_clip(sampling: Mapping[str, Any], video: str | None) -> str:
    """What is said of clips that cannot hold: why, or nothing."""
    if video is None and any(value for value in sampling.values()):
        return "--start, --stride, --fps, --clip and --loop are of a --video"
    if video and (sampling["part"] or "start" in sampling or "start_frame" in sampling):
        return "--samples spreads clips over the whole video: leave --clip and --start out"
    return ""


def check_wishes(
    wanted: list[str],
    checkpoint: str | None,
    compare: bool,
    variants: tuple[str, ...],
    blocks: tuple[str, ...],
    clip_trouble: str,
) -> None:
    if clip_trouble:
        raise click.UsageError(clip_trouble)
    if len(wanted) > 1 and not compare:
        raise click.UsageError(f"several models need --compare: dtfviz receptive-field --compare {' '.join(wanted)}")
    if len(wanted) > 1 and (variants or blocks or checkpoint):
        raise click.UsageError("--variant, --blocks and --checkpoint are of one model")
    if checkpoint and (variants or blocks):
        raise click.UsageError("a checkpoint says which operators it has: leave --variant and --blocks out")


def show_theory(models: Mapping[str, Any], as_json: bool) -> None:
    from dtfviz.core.analysis.reach.theory import theory
    from dtfviz.core.render.reach.documents import theory_document
    from dtfviz.core.render.reach.theory import theory_table

    found = {label: theory(model) for label, model in models.items()}
    if as_json:
        documents = {
            label: {layer.name: theory_document(layer) for layer in one.layers} for label, one in found.items()
        }
        print_json({"theory": documents})
        return
    for one in found.values():
        print_table(theory_table(one, terminal_width()))


def lines_of(label: str, found: Mapping[str, Any]) -> list[str]:
    place, held = found["position"], found["theory"][found["layer"]]
    lines = [f"{label}: {found['layer']}, step {place['step']}, column {place['column']}, row {place['row']}"]
    lines += [f"  by structure: {', '.join(f'{axis} {words_of(span)}' for axis, span in held.items())}"]
    clips = f"{counted(found['clips']['count'], 'clip')} of {found['clips']['kind']}"
    lines += [f"  {found['reached_frames']} of {len(found['profile'])} frames reach it ({clips})"]
    for share, area in found["areas_px"].items():
        seconds = f" ({found['durations_s'][share]:.2f} s)" if found["durations_s"] else ""
        lines.append(
            f"  {float(share):4.0%} of the energy: {area} px², "
            f"{counted(found['durations_frames'][share], 'frame')}{seconds}"
        )
    return [*lines, *(f"  {remark}" for remark in found["remarks"])]


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def words_of(span: Mapping[str, Any]) -> str:
    if "unknown" in span:
        return f"unknown ({span['unknown']})"
    return f"global ({span['global']})" if "global" in span else str(span["size"])
