"""dtfviz convert IN -o OUT.safetensors: a foreign checkpoint as a file that knows its model."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from dtfviz.commands.options.heading import OUTPUT, command, option
from dtfviz.commands.options.model import (
    classes_option,
    frames_option,
    labels_option,
    layout_option,
    model_option,
    partial_option,
    size_option,
)
from dtfviz.commands.options.output import json_option
from dtfviz.commands.telling import print_json, print_line, print_table, terminal_width


@command()
@click.argument("source", metavar="IN", type=click.Path())
@option(OUTPUT, "-o", "--out", type=click.Path(), required=True, help="The safetensors file to write.")
@model_option
@frames_option
@size_option
@classes_option
@layout_option
@labels_option
@partial_option
@option(OUTPUT, "--overwrite", is_flag=True, help="Replace a file that holds something else.")
@json_option
def convert(
    source: str,
    out: str,
    name: str | None,
    frames: int | None,
    size: int | None,
    num_classes: int | None,
    filter_layout: str | None,
    labels: str | None,
    partial: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Check the checkpoint IN, say what became of every tensor, and write it as safetensors with all that is known of
    its model.

    The model, its clip length and its classes are read off the tensors; options that contradict them are errors. No
    code in the file is ever run.
    """
    from dtfviz.core.models.catalogue import Wishes
    from dtfviz.core.models.loading.convert import convert_checkpoint
    from dtfviz.core.render.models import load_table

    wishes = Wishes(name, frames, size, num_classes, filter_layout)
    report, is_new = convert_checkpoint(
        Path(source), Path(out), wishes, partial=partial, labels=labels, overwrite=overwrite
    )
    state = "written" if is_new else "up to date"
    if as_json:
        print_json({"out": out, "state": state, "report": asdict(report)})
    else:
        print_table(load_table(report, terminal_width()))
        print_line(f"{out}: {state}")
