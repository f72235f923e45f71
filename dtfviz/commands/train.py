"""dtfviz train [DATA]: a model from generated motion or from videos."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from dtfviz.commands.options import (
    MODEL_NAME,
    data_argument,
    device_option,
    frames_option,
    json_option,
    labels_option,
    root_option,
    size_option,
    workers_option,
)
from dtfviz.commands.telling import is_first_process, say, tell
from dtfviz.core.models import TEMPORAL

if TYPE_CHECKING:
    from dtfviz.core.results.training import Logged


@click.command()
@data_argument
@click.option(
    "--recipe",
    metavar="motion|focused|paper|released",
    help="How.  [default: motion for generated motion, paper for videos]",
)
@click.option(
    "--model",
    "name",
    type=MODEL_NAME,
    help="What.  [default: dtf_net_motion for generated motion, dtf_net_r50 for videos]",
)
@click.option("--variant", type=click.Choice(TEMPORAL), help="Another temporal operator in the DTF block's place.")
@click.option(
    "--blocks", multiple=True, help="Stages or blocks that carry it, such as layer4; repeatable.  [default: all]"
)
@frames_option
@size_option
@click.option(
    "--stride", type=click.IntRange(min=1), help="Video frames from one clip frame to the next.  [default: 1]"
)
@click.option(
    "--filter-layout", type=click.Choice(["released", "paper"]), help="How filters are shared.  [default: the model's]"
)
@click.option("--classes", "num_classes", type=click.IntRange(min=1), help="Number of classes.  [default: the data's]")
@labels_option
@root_option
@click.option(
    "--direction-sensitive", "directed", is_flag=True, help="Never mirror: left and right are different classes."
)
@click.option(
    "--init", type=click.Path(), help="Weights to begin from, such as an ImageNet ResNet; what fits is taken."
)
@click.option("--steps", type=click.IntRange(min=1), help="How long.  [default: the recipe's]")
@click.option("--epochs", type=click.FloatRange(min=0, min_open=True), help="How long, in passes over the videos.")
@click.option("--batch", type=click.IntRange(min=1), help="Clips a step, over all processes.  [default: the recipe's]")
@click.option(
    "--lr",
    "rate",
    type=click.FloatRange(min=0, min_open=True),
    help="The highest rate, not scaled.  [default: the recipe's]",
)
@click.option(
    "--focus",
    type=click.FloatRange(min=0),
    help="Weight of a loss that keeps filters to few positions.  [default: the recipe's]",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=0,
    show_default=True,
    help="Of weights, order and augmentation.",
)
@device_option
@workers_option
@click.option(
    "--save-every",
    type=click.IntRange(min=1),
    default=500,
    show_default=True,
    help="Steps from one checkpoint to the next.",
)
@click.option(
    "--resume", type=click.Path(), metavar="FOLDER", help="Go on with the unfinished training of that folder."
)
@click.option(
    "-o", "--out", type=click.Path(), help="The folder to write.  [default: dtfviz-out/train/MODEL-RECIPE-HASH]"
)
@click.option("--overwrite", is_flag=True, help="Begin anew where a training of ours stands.")
@json_option
def train(
    device: str,
    workers: int,
    save_every: int,
    resume: str | None,
    out: str | None,
    overwrite: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Train a model on DATA: `motion` (generated without end; the default), a list file, or a folder with a sub-folder
    a class.

    A line of a list is `path frames label`. Writes model.safetensors, log.jsonl, curve.png and manifest.json. The same
    command again goes on where it was stopped, by Ctrl-C or a kill, or says "up to date"; on the CPU the result is the
    same bit for bit. Rates of paper and released grow with the batch.

    \b
    Several processes, one a GPU, share each batch and come to the same result up to rounding:
      torchrun --nproc-per-node 2 -m dtfviz train ...
    """
    from pathlib import Path

    from dtfviz.core.jobs.train import read_wishes, train_folder
    from dtfviz.core.learning.plan import TrainWishes

    if resume is not None:
        check_alone(click.get_current_context())
        wishes, out = read_wishes(Path(resume)), resume
    else:
        wishes = TrainWishes(model=given.pop("name"), **given)
    with shown_progress() as (on_begin, on_step):
        folder, is_new, manifest = train_folder(
            wishes,
            sys.argv[1:],
            device=device,
            workers=workers,
            save_every=save_every,
            out=out,
            overwrite=overwrite,
            say=say,
            on_begin=on_begin,
            on_step=on_step,
        )
    if not is_first_process():
        return
    tell(folder, is_new, {"training": manifest["training"]}, [], as_json=as_json)


FREE = ("resume", "device", "workers", "save_every", "as_json")  # options that change nothing about what is computed


def check_alone(context: click.Context) -> None:
    """A training goes on as it was begun."""
    typed = [
        name for name in context.params if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    ]
    other = [name for name in typed if name not in FREE]
    if other:
        raise click.UsageError(f"--resume goes on as the training was begun: leave {', '.join(other)} out")


@contextmanager
def shown_progress() -> Iterator[tuple[Callable[[int, int], None], Callable[[Logged], None]]]:
    """A bar where stderr is a terminal, else twenty lines; both with loss, accuracy, rate and the time that is left."""
    if sys.stderr.isatty():
        with bar() as told:
            yield told
    else:
        yield lines()


def values_of(logged: Logged) -> str:
    return f"loss {logged.loss:.3f}  accuracy {logged.accuracy:.2f}  rate {logged.rate:.2g}"


@contextmanager
def bar() -> Iterator[tuple[Callable[[int, int], None], Callable[[Logged], None]]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (MofNCompleteColumn(), BarColumn(), TimeRemainingColumn(), TextColumn("{task.fields[values]}"))
    with Progress(*columns, console=Console(stderr=True), redirect_stdout=False) as progress:
        task = progress.add_task("", total=None, values="")
        yield (
            lambda step, steps: progress.update(task, completed=step, total=steps),
            lambda logged: progress.update(task, completed=logged.step, values=values_of(logged)),
        )


def lines() -> tuple[Callable[[int, int], None], Callable[[Logged], None]]:
    first, total, since = 0, 1, time.monotonic()

    def on_begin(step: int, steps: int) -> None:
        nonlocal first, total, since
        first, total, since = step, steps, time.monotonic()

    def on_step(logged: Logged) -> None:
        if logged.step % max(1, total // 20) == 0 or logged.step == total:
            left = (time.monotonic() - since) / (logged.step - first) * (total - logged.step)
            click.echo(f"step {logged.step} of {total}  {values_of(logged)}  {duration(left)} left", err=True)

    return on_begin, on_step


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"
