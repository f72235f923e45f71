"""dtfviz receptive-field: how far a position of a layer sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from dtfviz.commands.options.clip import clip_options, there
from dtfviz.commands.options.figure import form_option, formed_of, page_options
from dtfviz.commands.options.heading import CLIP, MODEL, WHAT, bundling, command, option
from dtfviz.commands.options.model import MODEL_NAME, model_options
from dtfviz.commands.options.number import SEED, Count, Number
from dtfviz.commands.options.output import Output, folder_options
from dtfviz.commands.options.position import cell_of
from dtfviz.commands.telling import print_json, print_table, progress, say, tell, terminal_width
from dtfviz.core.choices import TEMPORAL

if TYPE_CHECKING:
    from torch import nn

    from dtfviz.core.jobs.reach import ReachWishes
    from dtfviz.core.jobs.setup import ModelChoice
    from dtfviz.core.media.sampling import ClipChoice
    from dtfviz.core.render.drawing import Drawing
    from dtfviz.core.results.reach import Reach, Span


def wishes_of(
    layer: str | None, step: int | None, cell: str | None, samples: int, seed: int, alpha: float
) -> ReachWishes:
    """What was asked for, as the record that core takes."""
    from dtfviz.core.jobs.reach import ReachWishes

    place = cell_of(cell) if cell else None
    return ReachWishes(layer, step, (place.col, place.row) if place else None, samples, seed, alpha)


@command("receptive-field")
@click.argument("names", nargs=-1, type=MODEL_NAME)
@model_options
@option(
    MODEL,
    "--compare",
    is_flag=True,
    help="Several models in one figure: receptive-field --compare dtf_net_r50 c2d_r50.",
)
@option(
    MODEL,
    "--variant",
    "variants",
    multiple=True,
    type=click.Choice([*TEMPORAL, "all"]),
    help="Temporal operators to compare; repeatable.",
)
@option(
    MODEL,
    "--blocks",
    multiple=True,
    help="Stages or blocks that carry the variant, such as layer3.5; repeatable.  [default: all]",
)
@option(
    MODEL,
    "--alpha",
    type=Number(min=0),
    default=1.0,
    show_default=True,
    help="Of temporal operators with random weights.",
)
@option(CLIP, "--video", type=click.Path(), callback=there, help="Feed clips of it.  [default: noise]")
@option(CLIP, "--samples", type=Count(), default=8, show_default=True, help="Clips to average over.")
@clip_options
@option(WHAT, "--layer", help="Whose position.  [default: the model's; see dtfviz models NAME]")
@option(WHAT, "--step", type=Count(0), help="Its step.  [default: the middle]")
@option(WHAT, "--cell", metavar="COL,ROW", help="Its cell in the layer's grid.  [default: the middle]")
@option(WHAT, "--seed", type=SEED, default=0, show_default=True, help="Of noise and signs.")
@option(
    WHAT,
    "--theory",
    "only_theory",
    is_flag=True,
    help="Print what every layer can see, by structure; measure nothing.",
)
@form_option
@page_options
@folder_options("MODEL/receptive-field, or of the video")
@bundling("drawing", formed_of)
@bundling("wishes", wishes_of)
def receptive_field(
    names: tuple[str, ...],
    asked: ModelChoice,
    compare: bool,
    variants: tuple[str, ...],
    blocks: tuple[str, ...],
    video: str | None,
    choice: ClipChoice,
    wishes: ReachWishes,
    only_theory: bool,
    drawing: Drawing,
    output: Output,
) -> None:
    """Show how far a position of a layer sees in space and time.

    By structure: what can change it at all. By measurement: how much each frame and pixel does, from gradients over
    clips of noise or of a video. Writes receptive_field.png, receptive_field.npz and manifest.json to one folder; the
    same command again says "up to date".
    """
    from dtfviz.core.jobs.reach import prepare_models, reach_folder
    from dtfviz.core.media.video import open_video

    wanted = [*names, *([asked.wishes.name] if asked.wishes.name else [])]
    check_wishes(wanted, asked.checkpoint, compare, variants, blocks, any_clip(choice, video))
    source = None if video is None else open_video(video)
    kinds = TEMPORAL if "all" in variants else variants
    models = prepare_models(wanted or [None], kinds, blocks, wishes.alpha, asked, say)
    if only_theory:
        show_theory(models, output.as_json)
        return
    with progress() as on_step:
        done = reach_folder(models, source, choice, wishes, drawing, output.request(on_step))
    facts = done.said("video", "kernel", "models")
    lines = (line for label, found in done.result.found.items() for line in lines_of(label, found))
    tell(done, {"manifest": facts}, lines, as_json=output.as_json)


def any_clip(choice: ClipChoice, video: str | None) -> str:
    """What is said of clips that cannot hold: why, or nothing."""
    if video is None and (choice.says_where or choice.stride or choice.fps or choice.loop):
        return "--start, --stride, --fps, --clip and --loop are of a --video"
    if video and choice.says_where:
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
    """An error for options that contradict each other."""
    if clip_trouble:
        raise click.UsageError(clip_trouble)
    if len(wanted) > 1 and not compare:
        raise click.UsageError(f"several models need --compare: dtfviz receptive-field --compare {' '.join(wanted)}")
    if len(wanted) > 1 and (variants or blocks or checkpoint):
        raise click.UsageError("--variant, --blocks and --checkpoint are of one model")
    if checkpoint and (variants or blocks):
        raise click.UsageError("a checkpoint says which operators it has: leave --variant and --blocks out")


def show_theory(models: Mapping[str, nn.Module], as_json: bool) -> None:
    """What every layer can see by its structure, on stdout."""
    from dtfviz.core.analysis.reach.theory import theory
    from dtfviz.core.render.reach.document import theory_document
    from dtfviz.core.render.reach.table import theory_table

    found = {label: theory(model) for label, model in models.items()}
    if as_json:
        documents = {
            label: {layer.name: theory_document(layer) for layer in one.layers} for label, one in found.items()
        }
        print_json({"theory": documents})
        return
    for one in found.values():
        print_table(theory_table(one, terminal_width()))


def lines_of(label: str, found: Reach) -> list[str]:
    """What is said of one model."""
    (step, row, col), spans = found.position, found.spans
    held = zip(("time", "rows", "columns"), spans.spans, strict=True)
    lines = [f"{label}: {found.layer}, step {step}, column {col}, row {row}"]
    lines += [f"  by structure: {', '.join(f'{axis} {words_of(span)}' for axis, span in held)}"]
    clips = f"{counted(found.count, 'clip')} of {found.clips}"
    lines += [f"  {found.reached} of {len(found.profile)} frames reach it ({clips})"]
    for share, area in found.areas.items():
        frames = found.durations[share]
        seconds = f" ({frames * abs(found.spacing):.2f} s)" if found.spacing == found.spacing else ""  # NaN: no seconds
        lines.append(f"  {share:4.0%} of the energy: {area} px², {counted(frames, 'frame')}{seconds}")
    return [*lines, *(f"  {remark}" for remark in found.remarks)]


def counted(number: int, noun: str) -> str:
    """The number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def words_of(span: Span) -> str:
    """How far an axis is seen."""
    if span.unknown:
        return f"unknown ({span.unknown})"
    return f"global ({span.maker})" if span.is_global else str(span.size)
