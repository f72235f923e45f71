"""dtfviz train [DATA]: a model from generated motion or from videos."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dtfviz.commands.options.data import data_argument, root_option, workers_option
from dtfviz.commands.options.heading import CLIP, HOW, MODEL, OUTPUT, bundling, command, option
from dtfviz.commands.options.model import MODEL_NAME, device_option, frames_option, labels_option, size_option
from dtfviz.commands.options.number import SEED, Count, Number
from dtfviz.commands.options.output import Output, folder_options
from dtfviz.commands.telling import is_first_process, say, tell
from dtfviz.core.choices import FILTER_LAYOUTS, MOST_STRIDE, RECIPES, TEMPORAL
from dtfviz.core.jobs.request import silent
from dtfviz.core.learning.wishes import TrainWishes

if TYPE_CHECKING:
    from dtfviz.core.results.training import Logged

ANEW = "Begin anew where a training of ours stands: its files go, all others stay."


@command()
@data_argument
@option(
    HOW,
    "--recipe",
    metavar="|".join(RECIPES),
    help="How.  [default: motion for generated motion, paper for videos]",
)
@option(
    MODEL,
    "--model",
    "model",
    type=MODEL_NAME,
    help="What.  [default: dtf_net_motion for generated motion, dtf_net_r50 for videos]",
)
@option(MODEL, "--variant", type=click.Choice(TEMPORAL), help="Another temporal operator in the DTF block's place.")
@option(
    MODEL, "--blocks", multiple=True, help="Stages or blocks that carry it, such as layer4; repeatable.  [default: all]"
)
@frames_option
@size_option
@option(
    CLIP, "--stride", type=Count(1, MOST_STRIDE), help="Video frames from one clip frame to the next.  [default: 1]"
)
@option(
    MODEL,
    "--filter-layout",
    type=click.Choice(FILTER_LAYOUTS),
    help="How filters are shared.  [default: the model's]",
)
@option(MODEL, "--classes", "num_classes", type=Count(), help="Number of classes.  [default: the data's]")
@labels_option
@root_option
@option(
    CLIP, "--direction-sensitive", "directed", is_flag=True, help="Never mirror: left and right are different classes."
)
@option(
    MODEL, "--init", type=click.Path(), help="Weights to begin from, such as an ImageNet ResNet; what fits is taken."
)
@option(HOW, "--steps", type=Count(), help="How long.  [default: the recipe's]")
@option(HOW, "--epochs", type=Number(min=0, min_open=True), help="How long, in passes over the videos.")
@option(HOW, "--batch", type=Count(), help="Clips a step, over all processes.  [default: the recipe's]")
@option(
    HOW,
    "--lr",
    "rate",
    type=Number(min=0, min_open=True),
    help="The highest rate, not scaled.  [default: the recipe's]",
)
@option(
    HOW,
    "--focus",
    type=Number(min=0),
    help="Weight of a loss that keeps filters to few positions.  [default: the recipe's]",
)
@option(
    HOW,
    "--seed",
    type=SEED,
    default=0,
    show_default=True,
    help="Of weights, order and augmentation.",
)
@device_option
@workers_option
@option(
    HOW,
    "--save-every",
    type=Count(),
    default=500,
    show_default=True,
    help="Steps from one checkpoint to the next.",
)
@option(
    OUTPUT, "--resume", type=click.Path(), metavar="FOLDER", help="Go on with the unfinished training of that folder."
)
@folder_options("train/MODEL-RECIPE-HASH", overwrite=ANEW)
@bundling("wishes", TrainWishes)
def train(wishes: TrainWishes, device: str, workers: int, save_every: int, resume: str | None, output: Output) -> None:
    """Train a model on DATA: `motion` (generated without end; the default), a list file, or a folder with a sub-folder
    a class.

    A line of a list is `path frames label`. Writes model.safetensors, log.jsonl, curve.png and manifest.json. The same
    command again goes on where it was stopped, by Ctrl-C or a kill, or says "up to date"; on the CPU the result is the
    same bit for bit. Rates of paper and released grow with the batch.

    \b
    Several processes, one a GPU, share each batch and come to the same result up to rounding:
      torchrun --nproc-per-node 2 -m dtfviz train ...
    """
    from dtfviz.core.jobs.begun import read_wishes
    from dtfviz.core.jobs.train import Pace, train_folder

    if resume is not None:
        check_alone(click.get_current_context())
        wishes, output = read_wishes(Path(resume)), replace(output, out=resume)
    with shown_progress() as (on_begin, on_step):
        pace, request = Pace(device, workers, save_every), output.request(silent)
        done = train_folder(wishes, pace, request, on_begin, on_step)
    if not is_first_process():
        return
    tell(done, done.said("training"), [], as_json=output.as_json)


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
    """What is said of a step."""
    return f"loss {logged.loss:.3f}  accuracy {logged.accuracy:.2f}  rate {logged.rate:.2g}"


@contextmanager
def bar() -> Iterator[tuple[Callable[[int, int], None], Callable[[Logged], None]]]:
    """A bar that is drawn over and over."""
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
    """Twenty lines over the whole training."""
    first, total, since = 0, 1, time.monotonic()

    def on_begin(step: int, steps: int) -> None:
        nonlocal first, total, since
        first, total, since = step, steps, time.monotonic()

    def on_step(logged: Logged) -> None:
        if logged.step % max(1, total // 20) == 0 or logged.step == total:
            left = (time.monotonic() - since) / (logged.step - first) * (total - logged.step)
            say(f"step {logged.step} of {total}  {values_of(logged)}  {duration(left)} left")

    return on_begin, on_step


def duration(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"
