"""dtfviz evaluate [DATA]: how often a model is right."""

from __future__ import annotations

import sys
from typing import Any

import click

from dtfviz.commands.options import (
    data_argument,
    figure_options,
    folder_options,
    loop_option,
    model_options,
    root_option,
    stride_option,
    view_options,
    workers_option,
)
from dtfviz.commands.telling import is_first_process, progress, say, tell, terminal_width


@click.command()
@data_argument
@model_options
@root_option
@view_options
@stride_option
@loop_option
@click.option("--difficulty", type=click.FloatRange(0, 1), help="Of generated motion.  [default: 0.4]")
@click.option("--length", type=click.IntRange(min=1), help="How many clips of generated motion.  [default: 280]")
@click.option(
    "--batch",
    type=click.IntRange(min=1),
    default=8,
    show_default=True,
    help="Views that go through the model together.",
)
@workers_option
@figure_options
@folder_options("DATA/evaluate")
def evaluate(
    data: str,
    asked: dict[str, Any],
    root: str | None,
    viewed: dict[str, Any],
    stride: int | None,
    loop: bool,
    difficulty: float | None,
    length: int | None,
    batch: int,
    workers: int,
    dpi: int,
    width: float,
    no_caption: bool,
    out: str | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Evaluate a model on DATA: `motion` (held-out generated clips; the default), a list file, or a folder with a
    sub-folder a class.

    A line of a list is `path frames label`. Writes evaluation.json, scores.jsonl, confusion.json, confusion.png and
    manifest.json. Each item's scores are kept as soon as they are there: the same command again goes on where it was
    stopped, or says "up to date". What cannot be read is named, and left out of the shares.

    \b
    The paper's views:
      DTF-Net                --clips 10 --crops 3 --size 256
      DTF-Transformer        --clips 4 --crops 3
      Something-Something    --crops 3

    \b
    Several processes, one a GPU, share the items:
      torchrun --nproc-per-node 2 -m dtfviz evaluate ...
    """
    from dtfviz.core.jobs.evaluate import Drawing, evaluate_folder, find_data
    from dtfviz.core.jobs.setup import prepare_model
    from dtfviz.core.learning.evaluate import make_exam
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.documents import evaluation_document
    from dtfviz.core.render.style.tables import evaluation_table
    from dtfviz.core.results.evaluation import Protocol

    model = prepare_model(**asked, say=say)
    card = card_of(model)
    exam = make_exam(
        find_data(data, card, root=root, difficulty=difficulty, length=length),
        Protocol(**viewed, stride=stride, loop=loop),
        card,
    )
    with progress() as on_step:
        folder, is_new, found = evaluate_folder(
            model,
            exam,
            Drawing(dpi, width, not no_caption),
            sys.argv[1:],
            batch=batch,
            workers=workers,
            out=out,
            overwrite=overwrite,
            say=say,
            on_item=lambda done, total: on_step("items", done, total),
        )
    if not is_first_process():
        return
    for _, reason in found.failed:
        say(f"not read: {reason}")
    tell(
        folder,
        is_new,
        {"evaluation": evaluation_document(found)},
        [evaluation_table(found, terminal_width())],
        as_json=as_json,
    )
