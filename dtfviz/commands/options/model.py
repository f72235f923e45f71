"""Which model, with which weights, on which device: `ModelChoice`, and `Foreign` for one that is not ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from dtfviz.commands.options.grid import Grid, as_grid
from dtfviz.commands.options.heading import FOREIGN, MODEL, bundling, option, options
from dtfviz.commands.options.number import Count, finite
from dtfviz.core.choices import ACTIVATIONS, ANSWERS, FILTER_LAYOUTS, INPUT_LAYOUTS, MOST_FRAMES, MOST_SIDE
from dtfviz.core.models.catalogue import MODELS, Wishes, resolve
from dtfviz.core.models.foreign import Foreign, read_value

if TYPE_CHECKING:
    from dtfviz.core.jobs.setup import ModelChoice


class ModelName(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.2 on
    """A name of MODELS or a released alias; completes, and suggests what was meant."""

    name = "model"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return resolve(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(name, help=entry.about) for name, entry in MODELS.items() if name.startswith(incomplete)]


MODEL_NAME = ModelName()
model_option = option(
    MODEL,
    "--model",
    "name",
    type=MODEL_NAME,
    help="The model: a name of `dtfviz models`, or anyone's factory as package.module:factory or file.py:factory, "
    "whose code is run.  [default: the bundled one, or read off the checkpoint]",
)
checkpoint_option = option(
    MODEL,
    "--checkpoint",
    type=click.Path(),
    help="Weights.  [default: the bundled model's; random ones, which mean nothing, for any other]",
)
device_option = option(
    MODEL,
    "--device",
    default="auto",
    show_default=True,
    help="auto, cpu, cuda or cuda:1; auto falls back to the CPU.",
)
exact_option = option(
    MODEL, "--exact", is_flag=True, help="Run the definition, not the folded model that answers the same but faster."
)
frames_option = option(MODEL, "--frames", type=Count(1, MOST_FRAMES), help="Frames of a clip.  [default: the model's]")
size_option = option(
    MODEL, "--size", type=Count(1, MOST_SIDE), help="Height and width of a clip in pixels.  [default: the model's]"
)
classes_option = option(
    MODEL,
    "--classes",
    "num_classes",
    type=Count(),
    help="Number of classes.  [default: the model's]",
)
layout_option = option(
    MODEL,
    "--filter-layout",
    type=click.Choice(FILTER_LAYOUTS),
    help="How filters are shared; no foreign file says it.",
)
labels_option = option(MODEL, "--labels", metavar="FILE|kinetics400", help="Class names: a line each, or JSON.")
partial_option = option(
    MODEL, "--partial", is_flag=True, help="Accept a file that leaves some of the model at its initial values."
)


def numbers_of(value: str | None, param: str) -> tuple[float, ...] | None:
    """`0.5` or `0.43,0.39,0.38`: one number for all of RGB, or three."""
    if value is None:
        return None
    try:
        numbers = tuple(map(finite, value.split(",")))
    except ValueError:
        numbers = ()
    if len(numbers) not in (1, 3):
        raise click.BadParameter(f"{value[:80]!r} is not one number or three, such as 0.45,0.45,0.45", param_hint=param)
    return numbers * (3 // len(numbers))


def pairs_of(values: Sequence[str], param: str) -> dict[str, str]:
    """`key=value`, repeated."""
    for value in values:
        if not value.partition("=")[0] or "=" not in value:
            raise click.BadParameter(f"{value!r} is not name=value", param_hint=param)
    return dict(value.split("=", 1) for value in values)


Colours = tuple[tuple[float, ...] | None, tuple[float, ...] | None]  # mean and standard deviation


def colours_of(mean: str | None, std: str | None) -> Colours:
    """How RGB is to be normalised."""
    return numbers_of(mean, "--mean"), numbers_of(std, "--std")


def answer_of(answers: str | None, activation: str) -> tuple[str | None, str]:
    """What kind of answer the model gives."""
    return answers, activation


Form = tuple[str | None, str | None, str | None]  # input layout, field of the output, function that feeds


def fed_of(input_layout: str | None, output: str | None, feed: str | None) -> Form:
    """In what form the model takes clips and gives logits."""
    return input_layout, output, feed


Layouts = tuple[dict[str, str], Grid | None]  # by layer, and the grid of tokens


def layouts_of(layouts: tuple[str, ...], grid: Grid | None) -> Layouts:
    """How its layers are read."""
    return pairs_of(layouts, "--layout"), grid


def foreign_of(
    model_args: tuple[str, ...],
    colours: Colours,
    fed: Form,
    layouts: Layouts,
    is_trained: bool,
    answer: tuple[str | None, str],
) -> Foreign:
    """What was said of a model that is not ours."""
    return Foreign(
        arguments={key: read_value(value) for key, value in pairs_of(model_args, "--model-arg").items()},
        mean=colours[0],
        std=colours[1],
        input_layout=fed[0],
        output=fed[1],
        feed=fed[2],
        layouts=layouts[0],
        grid=layouts[1],
        is_trained=is_trained,
        answers=answer[0],
        activation=answer[1],
    )


def foreign_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How to make and feed a model that is not ours; the command hears of it as `foreign`."""
    return options(
        option(
            FOREIGN,
            "--model-arg",
            "model_args",
            metavar="K=V",
            multiple=True,
            help="Of the factory, such as weights=DEFAULT; repeatable.",
        ),
        option(FOREIGN, "--trained", "is_trained", is_flag=True, help="What the factory loads means something."),
        option(
            FOREIGN,
            "--mean",
            metavar="R,G,B",
            help="Taken off RGB in [0, 1].  [default: what its library says, or torchvision's for videos]",
        ),
        option(FOREIGN, "--std", metavar="R,G,B", help="RGB is divided by.  [default: as for --mean]"),
        option(
            FOREIGN,
            "--input-layout",
            type=click.Choice(INPUT_LAYOUTS),
            help="What the factory's model takes.  [default: what its library says, or BCTHW]",
        ),
        option(
            FOREIGN,
            "--feed",
            metavar="MODULE:FUNCTION",
            help="Makes of a clip whatever else the model takes, such as two pathways.",
        ),
        option(FOREIGN, "--output", metavar="FIELD", help="Of the object that it returns: the logits."),
        option(
            FOREIGN,
            "--layout",
            "layouts",
            metavar="LAYER=LAYOUT",
            multiple=True,
            help="What a layer gives, where its shape leaves it open.",
        ),
        option(
            FOREIGN,
            "--grid",
            callback=as_grid,
            metavar="TxHxW",
            help="Of tokens, as in 8x14x14.  [default: the patch embedding's]",
        ),
        option(
            FOREIGN,
            "--answers",
            type=click.Choice(ANSWERS),
            help="Once a clip, or at every step.  [default: read off the shape]",
        ),
        option(
            FOREIGN,
            "--activation",
            type=click.Choice(ACTIVATIONS),
            default=ACTIVATIONS[0],
            show_default=True,
            help="Of scores: classes that exclude each other, or labels that do not.",
        ),
        bundling("colours", colours_of),
        bundling("answer", answer_of),
        bundling("fed", fed_of),
        bundling("layouts", layouts_of),
    )(bundling("foreign", foreign_of)(command))


def wishes_of(
    name: str | None, frames: int | None, size: int | None, filter_layout: str | None, foreign: Foreign
) -> Wishes:
    """What the model itself is to be."""
    return Wishes(name, frames, size, None, filter_layout, foreign)


def model_of(
    wishes: Wishes, checkpoint: str | None, labels: str | None, partial: bool, device: str, exact: bool
) -> ModelChoice:
    """What was asked for, as the record that core takes."""
    from dtfviz.core.jobs.setup import ModelChoice

    return ModelChoice(wishes, checkpoint, partial, labels, device, exact)


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which model, with which weights, on which clips and device; the command hears of it as `asked`."""
    return options(
        model_option,
        checkpoint_option,
        frames_option,
        size_option,
        layout_option,
        labels_option,
        partial_option,
        device_option,
        exact_option,
        foreign_options,
        bundling("wishes", wishes_of),
        bundling("asked", model_of),
    )(command)
