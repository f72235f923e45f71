"""dtfviz evaluate [DATA]: how often a model is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtfviz.commands.options.clip import loop_option, stride_option, view_options
from dtfviz.commands.options.data import data_argument, root_option, workers_option
from dtfviz.commands.options.figure import figure_options
from dtfviz.commands.options.heading import CLIP, HOW, command, option
from dtfviz.commands.options.model import model_options
from dtfviz.commands.options.moment import pool_option
from dtfviz.commands.options.number import Count, Number
from dtfviz.commands.options.output import Output, folder_options
from dtfviz.commands.telling import is_first_process, progress, say, tell, terminal_width
from dtfviz.core.choices import POOLS

if TYPE_CHECKING:
    from dtfviz.commands.options.clip import ViewChoice
    from dtfviz.core.jobs.setup import ModelChoice
    from dtfviz.core.render.drawing import Drawing


@command()
@data_argument
@model_options
@root_option
@view_options
@stride_option
@loop_option
@option(CLIP, "--difficulty", type=Number(0, 1), help="Of generated motion.  [default: 0.4]")
@option(CLIP, "--length", type=Count(), help="How many clips of generated motion.  [default: 280]")
@option(
    HOW,
    "--batch",
    type=Count(),
    default=8,
    show_default=True,
    help="Views that go through the model together.",
)
@pool_option
@workers_option
@figure_options
@folder_options("DATA/evaluate")
def evaluate(
    data: str,
    asked: ModelChoice,
    root: str | None,
    views: ViewChoice,
    stride: int | None,
    loop: bool,
    difficulty: float | None,
    length: int | None,
    batch: int,
    pool: str | None,
    workers: int,
    drawing: Drawing,
    output: Output,
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
    from dtfviz.core.jobs.evaluate import Generated, Pace, evaluate_folder, find_data
    from dtfviz.core.jobs.setup import prepare_model
    from dtfviz.core.learning.evaluate import make_exam
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.evaluation.document import evaluation_document
    from dtfviz.core.render.evaluation.table import evaluation_table
    from dtfviz.core.results.evaluation import Protocol

    model = prepare_model(asked, say)
    card = card_of(model)
    pooled = pool or (POOLS[0] if card.answer.is_timeline else None)
    protocol = Protocol(views.clips, views.crops, views.order, views.seed, stride, loop, pooled)
    exam = make_exam(find_data(data, card, root, Generated(difficulty, length)), protocol, card)
    with progress() as on_step:
        done = evaluate_folder(model, exam, Pace(batch, workers), drawing, output.request(on_step))
    if not is_first_process():
        return
    found = done.result
    for _, reason in found.failed:
        say(f"not read: {reason}")
    document = {"evaluation": evaluation_document(found)}
    tell(done, document, [evaluation_table(found, terminal_width())], as_json=output.as_json)
