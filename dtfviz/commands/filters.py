"""dtfviz filters VIDEO --pos x,y: what each location lets through."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from dtfviz.commands.options.clip import clip_options, crop_option, there
from dtfviz.commands.options.figure import filter_drawing_of, form_option, formed_of, page_options, spectrum_options
from dtfviz.commands.options.heading import WHAT, bundling, command, option
from dtfviz.commands.options.model import model_options
from dtfviz.commands.options.output import Output, folder_options
from dtfviz.commands.options.position import cell_of, position_of
from dtfviz.commands.telling import progress, say, tell, terminal_width
from dtfviz.core.choices import CROPS

if TYPE_CHECKING:
    from dtfviz.core.jobs.filters import Shown
    from dtfviz.core.jobs.setup import ModelChoice
    from dtfviz.core.media.sampling import ClipChoice
    from dtfviz.core.render.drawing import FilterDrawing


def shown_of(
    videos: tuple[str, ...], compare: tuple[str, str] | None, is_figure: bool, layer: str | None, crop: str
) -> Shown:
    """What is to stand beside each other."""
    from dtfviz.core.jobs.filters import Shown

    return Shown(videos, compare, is_figure, layer, crop)


@command()
@click.argument("videos", metavar="[VIDEO]", type=click.Path(), nargs=-1, callback=there)
@model_options
@clip_options
@crop_option(*CROPS, help="Part of the frame.")
@option(
    WHAT,
    "--pos",
    "places",
    metavar="X,Y|X%,Y%|auto",
    multiple=True,
    help="A position in source pixels or percent of the frame; auto: where Grad-CAM is highest and lowest; "
    "repeatable.  [default: auto]",
)
@option(
    WHAT,
    "--cell",
    "cells",
    metavar="COL,ROW",
    multiple=True,
    help="A position as a cell of the layer's grid, from 0; repeatable.",
)
@option(
    WHAT,
    "--layer",
    help="Whose last temporal operator to show; all: every stage.  [default: the model's; see dtfviz models NAME]",
)
@option(WHAT, "--compare", nargs=2, metavar="A B", help="Two layers, checkpoints or videos side by side.")
@option(
    WHAT,
    "--figure",
    "is_figure",
    is_flag=True,
    help="The paper's figure: several videos; without VIDEO four generated clips.",
)
@spectrum_options
@form_option
@page_options
@folder_options("VIDEO/filters")
@bundling("page", formed_of)
@bundling("drawing", filter_drawing_of, shared=("is_figure",))
@bundling("shown", shown_of)
def filters(
    asked: ModelChoice,
    choice: ClipChoice,
    shown: Shown,
    places: tuple[str, ...],
    cells: tuple[str, ...],
    drawing: FilterDrawing,
    output: Output,
) -> None:
    """Show which temporal frequencies a model lets through at places of VIDEO (left out: the bundled clip).

    Writes filters.png, activity.png, filters.npz and manifest.json to one folder. A convolution over steps filters
    alike everywhere: then the spectrum of its kernels is shown.
    """
    from dtfviz.core.jobs.filters import filters_folder, plan_sides
    from dtfviz.core.jobs.setup import prepare_model
    from dtfviz.core.render.filters.table import filter_table

    positions = (*map(position_of, places), *map(cell_of, cells))
    sides = plan_sides(
        lambda weights: prepare_model(replace(asked, checkpoint=weights) if weights else asked, say, looks_inside=True),
        shown,
        choice,
        say,
    )
    with progress() as on_step:
        done = filters_folder(sides, positions, drawing, output.request(on_step))
    facts = done.said("model", "clips", "kernel", "measure", "figures", "filters")
    study = done.result
    pairs = zip(study.found, study.titles, strict=True)
    tables = (filter_table(found, title, drawing.measure, terminal_width()) for found, title in pairs)
    tell(done, {"manifest": facts}, tables, as_json=output.as_json)
