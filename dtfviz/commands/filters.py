"""dtfviz filters VIDEO --pos x,y: what each location lets through."""

from __future__ import annotations

import re
import sys
from typing import Any

import click

from dtfviz.commands.options import cell_of, clip_options, figure_options, folder_options, form_option, model_options
from dtfviz.commands.telling import progress, say, tell, terminal_width

MEASURES = (
    "raw",
    "raw_dc",
    "raw_ac",
    "effective",
    "effective_dc",
    "effective_ac",
    "raw_change",
    "effective_change",
    "ac_fraction",
    "feature_variance",
    "pixel_variance",
)


@click.command()
@click.argument("videos", metavar="[VIDEO]", type=click.Path(), nargs=-1)
@model_options
@clip_options
@click.option(
    "--crop",
    type=click.Choice(["center", "left", "right", "full"]),
    default="center",
    show_default=True,
    help="Part of the frame.",
)
@click.option(
    "--pos",
    "places",
    metavar="X,Y|X%,Y%|auto",
    multiple=True,
    help="A position in source pixels or percent of the frame; auto: where Grad-CAM is highest and lowest; "
    "repeatable.  [default: auto]",
)
@click.option(
    "--cell",
    "cells",
    metavar="COL,ROW",
    multiple=True,
    help="A position as a cell of the layer's grid, from 0; repeatable.",
)
@click.option(
    "--layer",
    help="Whose last temporal operator to show; all: every stage.  [default: the model's; see dtfviz models NAME]",
)
@click.option(
    "--channels",
    default="top:8",
    show_default=True,
    metavar="top:N|mean|I,J,...",
    help="Shown one by one beside the mean.",
)
@click.option(
    "--view",
    type=click.Choice(["raw", "effective", "both"]),
    help="The filter as predicted, after mixing, norm and alpha, or both.  [default: both; raw with --figure]",
)
@click.option(
    "--measure",
    type=click.Choice(MEASURES),
    default="raw_change",
    show_default=True,
    metavar="|".join(MEASURES[:3]) + "|...",
    help=f"By which positions are ranked: one of {', '.join(MEASURES)}.",
)
@click.option("--compare", nargs=2, metavar="A B", help="Two layers, checkpoints or videos side by side.")
@click.option(
    "--figure",
    "is_figure",
    is_flag=True,
    help="The paper's figure: several videos; without VIDEO four generated clips.",
)
@form_option
@figure_options
@folder_options("VIDEO/filters")
def filters(
    videos: tuple[str, ...],
    asked: dict[str, Any],
    sampling: dict[str, Any],
    crop: str,
    places: tuple[str, ...],
    cells: tuple[str, ...],
    layer: str | None,
    view: str | None,
    compare: tuple[str, str] | None,
    is_figure: bool,
    no_caption: bool,
    out: str | None,
    overwrite: bool,
    as_json: bool,
    **look: Any,
) -> None:
    """Show which temporal frequencies a model lets through at places of VIDEO (left out: the bundled clip).

    Writes filters.png, activity.png, filters.npz and manifest.json to one folder. A convolution over steps filters
    alike everywhere: then the spectrum of its kernels is shown.
    """
    from dtfviz.core.jobs.filters import FilterWishes, filters_folder, plan_sides
    from dtfviz.core.jobs.setup import prepare_model
    from dtfviz.core.render.filters.responses import check_channels
    from dtfviz.core.render.filters.table import filter_table

    check_channels(look["channels"])
    positions = (*map(position_of, places), *map(cell_of, cells))
    sides = plan_sides(
        lambda weights: prepare_model(**asked | ({"checkpoint": weights} if weights else {}), say=say),
        videos, compare=compare, is_figure=is_figure, layer=layer, crop=crop, sampling=sampling, say=say,
    )  # fmt: skip
    wishes = FilterWishes(positions, view or ("raw" if is_figure else "both"), **look, has_caption=not no_caption)
    with progress() as on_step:
        folder, is_new, manifest = filters_folder(
            sides, wishes, sys.argv[1:], out=out, overwrite=overwrite, on_step=on_step
        )
    facts = {key: manifest[key] for key in ("model", "clips", "kernel", "measure", "figures", "filters")}
    tables = (filter_table(found, wishes.measure, terminal_width()) for found in manifest["filters"])
    tell(folder, is_new, {"manifest": facts}, tables, as_json=as_json)


def position_of(text: str) -> Any:
    """`120,80` in pixels, `50%,40%` of the frame, or `auto`."""
    from dtfviz.core.results.filters import Share

    if text == "auto":
        return text
    numbers = r"(\d+(?:\.\d+)?)"
    if found := re.fullmatch(rf"{numbers}%,{numbers}%", text):
        return Share(float(found[1]) / 100, float(found[2]) / 100)
    if found := re.fullmatch(rf"{numbers},{numbers}", text):
        return float(found[1]), float(found[2])
    raise click.BadParameter(
        f"{text!r} is neither pixels such as 120,80 nor percent such as 50%,40% nor auto", param_hint="--pos"
    )
