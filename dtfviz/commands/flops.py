"""dtfviz flops: what a model costs, in stated conventions, beside what the paper reports."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dtfviz.commands.options.counting import Counters, Views
from dtfviz.commands.options.figure import figure_options
from dtfviz.commands.options.heading import CLIP, MODEL, OUTPUT, WHAT, command, option
from dtfviz.commands.options.model import (
    MODEL_NAME,
    classes_option,
    foreign_options,
    frames_option,
    model_option,
    size_option,
)
from dtfviz.commands.options.number import Count
from dtfviz.commands.options.output import json_option
from dtfviz.commands.telling import print_json, print_line, print_table, say, terminal_width
from dtfviz.core.choices import TEMPORAL
from dtfviz.core.models.catalogue import MODELS
from dtfviz.core.models.families import Arguments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from dtfviz.core.models.foreign import Foreign
    from dtfviz.core.published import Published
    from dtfviz.core.render.drawing import Drawing
    from dtfviz.core.results.cost import Cost


@command()
@click.argument("names", nargs=-1, type=MODEL_NAME)
@model_option
@option(MODEL, "--compare", is_flag=True, help="Several models side by side: flops --compare dtf_net_r50 c2d_r50.")
@option(WHAT, "--table", type=Count(1, 3), help="A table of the paper, published and counted values in one row.")
@option(MODEL, "--variant", type=click.Choice(TEMPORAL), help="Another temporal operator in the DTF block's place.")
@option(
    MODEL, "--blocks", multiple=True, help="Stages or blocks that carry it, such as layer4; repeatable.  [default: all]"
)
@option(MODEL, "--checkpoint", type=click.Path(), help="The model of this file.")
@frames_option
@size_option
@classes_option
@foreign_options
@option(
    CLIP, "--views", type=Views(), default="1x1", help="Clips and crops of an evaluation, such as 10x3.  [default: 1x1]"
)
@option(
    WHAT,
    "--depth",
    type=Count(),
    default=1,
    show_default=True,
    help="How deep into the model the rows go.",
)
@option(
    WHAT,
    "--against",
    type=Counters(),
    default=(),
    help="Other tools beside ours, and why they differ: fvcore, ptflops, thop, calflops, torchinfo; or all.",
)
@option(OUTPUT, "-o", "--out", type=click.Path(path_type=Path), help="Also draw a chart: .png, .svg or .pdf.")
@figure_options
@option(OUTPUT, "--csv", "as_csv", is_flag=True, help="Print the rows as CSV.")
@json_option
def flops(
    names: tuple[str, ...],
    name: str | None,
    compare: bool,
    table: int | None,
    variant: str | None,
    blocks: tuple[str, ...],
    checkpoint: str | None,
    frames: int | None,
    size: int | None,
    num_classes: int | None,
    foreign: Foreign,
    views: tuple[int, int],
    depth: int,
    against: tuple[str, ...],
    out: Path | None,
    drawing: Drawing,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Count multiply-adds, FLOPs, parameters and activation memory of one clip. Needs no weights, no memory and no GPU.

    Frames and size that are left out are those at which the paper counts that model.
    """
    from dtfviz.core.analysis.cost.against import count_by_others
    from dtfviz.core.analysis.cost.cost import cost
    from dtfviz.core.render.cost.against import against_document, against_table
    from dtfviz.core.render.cost.document import cost_document
    from dtfviz.core.render.cost.table import compare_table, cost_table
    from dtfviz.core.render.cost.words import conventions, remarks, view_notes

    if out is not None:
        from dtfviz.core.render.style.figures import check_figure

        check_figure(out)
    if table is not None:
        show_published(table, as_json)
        return
    wanted = [*names, *([name] if name else [])]
    check_wishes(wanted, checkpoint, compare)
    check_against(against, compare, as_csv)
    arguments = {"temporal": variant} if variant else {}
    changes: Arguments = arguments | ({"temporal_blocks": blocks} if blocks else {})
    wishes = {"frames": frames, "size": size, "num_classes": num_classes}
    clips = (
        [of_file(checkpoint, wishes)]
        if checkpoint
        else [(without_weights(one, changes, foreign, **wishes), None) for one in wanted]
    )
    costs = [cost(model, clip) for model, clip in clips]
    others = count_by_others(clips[0][0], costs[0], against) if against else ()
    if as_json:
        documents = [cost_document(one, views, is_plain=not changes) for one in costs]
        documents[0] |= {"against": against_document(others)} if others else {}
        print_json({"models": documents} if compare else documents[0])
    elif as_csv:
        print_csv(costs, depth)
    elif compare:
        print_table(
            compare_table(
                costs, terminal_width(), [note for one in costs for note in view_notes(one, views)] + conventions(costs)
            )
        )
    else:
        print_table(cost_table(costs[0], depth, terminal_width(), remarks(costs[0], views, is_plain=not changes)))
    if others and not as_json:
        print_line()
        print_table(against_table(costs[0], others, terminal_width()))
    if out is not None:
        from dtfviz.core.render.cost.chart import cost_chart
        from dtfviz.core.render.style.figures import save_figure

        save_figure(cost_chart(costs, depth, width=drawing.width, has_caption=drawing.has_caption), out, drawing.dpi)
        say(f"{out}: written")


def check_wishes(wanted: Sequence[str], checkpoint: str | None, compare: bool) -> None:
    """An error for names and options that do not go together."""
    if checkpoint and wanted:
        raise click.UsageError("a checkpoint says which model it is: leave the name out")
    if not checkpoint and not wanted:
        raise click.UsageError("no model was named: dtfviz flops --model dtf_net_r50")
    if len(wanted) > 1 and not compare:
        raise click.UsageError(f"several models need --compare: dtfviz flops --compare {' '.join(wanted)}")


def check_against(tools: Sequence[str], compare: bool, as_csv: bool) -> None:
    """An error for what cannot stand beside other tools' counts, and where none of them is there."""
    if tools and (compare or as_csv):
        raise click.UsageError("--against is of one model, as a table or with --json")
    if tools:
        from dtfviz.core.analysis.cost.others import check_installed

        check_installed(tools)


def without_weights(
    name: str,
    changes: Arguments,
    foreign: Foreign,
    *,
    frames: int | None,
    size: int | None,
    num_classes: int | None,
) -> nn.Module:
    """At the size the paper uses for that model, where it is one of the paper's and no size was asked for."""
    from dtfviz.core.jobs.setup import sketch_model
    from dtfviz.core.models.foreign import is_foreign

    if is_foreign(name) and (changes or num_classes):
        raise click.UsageError(f"--variant, --blocks and --classes change our own models: {name} takes --model-arg")
    if is_foreign(name):
        return sketched_or_made(name, foreign, frames, size)
    size = size or MODELS[name].cost_size
    return sketch_model(
        name, foreign, frames=frames, size=size, **({"num_classes": num_classes} if num_classes else {}), **changes
    )


def sketched_or_made(name: str, foreign: Foreign, frames: int | None, size: int | None) -> nn.Module:
    """Someone else's model without memory, where it allows that."""
    from dtfviz.core.jobs.setup import sketch_model
    from dtfviz.core.models.foreign import sketch_foreign

    sketched = sketch_foreign(name, foreign, frames=frames, size=size)
    if sketched is not None:
        return sketched
    say(f"{name} needs its memory: it is built and run on two clips first; large models take a minute or more")
    return sketch_model(name, foreign, frames=frames, size=size)


def of_file(checkpoint: str, wishes: dict[str, int | None]) -> tuple[nn.Module, Sequence[int]]:
    """With its clip, at the size the paper uses for that model, where it is the paper's and no size was asked for."""
    from dtfviz.core.models.card import card_of
    from dtfviz.core.models.catalogue import Wishes
    from dtfviz.core.models.loading.model import load_with_report

    asked = Wishes(frames=wishes["frames"], size=wishes["size"], num_classes=wishes["num_classes"])
    model, _ = load_with_report(asked, checkpoint=checkpoint, partial=True)
    card = card_of(model)
    side = wishes["size"] or (MODELS[card.name].cost_size if card.name in MODELS else card.size)
    return model, (1, 3, card.frames, side, side)


# --- other forms ------------------------------------------------------------------------------------------------------
def print_csv(costs: Sequence[Cost], depth: int) -> None:
    """A row a module, for other programs."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(
        ["model", "frames", "size", "module", "macs_paper", "macs_real", "flops", "params", "activation_bytes"]
    )
    for cost in costs:
        for row in (*cost.at_depth(depth), cost.whole):
            writer.writerow(
                [cost.model, *cost.clip[2:4], row.name, row.paper, row.real, row.flops, row.params, row.activations]
            )


def show_published(number: int, as_json: bool) -> None:
    """A table of the paper, and our counts beside its values."""
    from dtfviz.core.analysis.cost.cost import beside_published
    from dtfviz.core.published import read_published
    from dtfviz.core.render.cost.document import published_rows
    from dtfviz.core.render.cost.table import counted_table, published_table

    source, tables = read_published()
    table, rows = tables[number], [beside_published(row, build_published) for row in tables[number].rows]
    if as_json:
        print_json({"table": number, "title": table.title, "source": source, "rows": published_rows(rows)})
        return
    others = ["[]: other authors' models, as the paper lists them"] if any(row.is_others for row in table.rows) else []
    print_table(published_table(table, terminal_width(), [*others, *REPORTED, source]))
    print_line()
    print_table(counted_table("Ours, counted", rows, terminal_width(), WAYS))


REPORTED = [
    "paper: GFLOPs of one view, one multiply-add as one; top-1 and top-5 in percent",
    "are the paper's: no weights were published, so they are not ours to measure",
]
WAYS = [
    "x1: a complex multiply-add once; all: with FFT, filter product, correlation,",
    "aggregation; x4: x1 with a complex multiply-add as 4",
    "fits: the first way within 3 % of the published value, and its difference",
]


def build_published(row: Published) -> nn.Module:
    """The model of a published row, without weights."""
    from dtfviz.core.models.foreign import Foreign

    return without_weights(
        str(row.model), dict(row.arguments), Foreign(), frames=row.frames, size=None, num_classes=None
    )
