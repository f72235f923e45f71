"""Options and habits that several commands share."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from dtfviz.core.models import MODELS, Wishes, resolve
from dtfviz.core.models.foreign import Foreign, read_value

if TYPE_CHECKING:
    pass


class ModelName(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.2 on
    """A name of MODELS or a released alias; completes, and suggests what was meant."""

    name = "model"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return resolve(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(name, help=entry.about) for name, entry in MODELS.items() if name.startswith(incomplete)]


MODEL_NAME = ModelName()
device_option = click.option(
    "--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:1; auto falls back to the CPU."
)
video_argument = click.argument("video", type=click.Path(), required=False)
checkpoint_option = click.option(
    "--checkpoint",
    type=click.Path(),
    help="Weights.  [default: the bundled model's; random ones, which mean nothing, for any other]",
)
model_option = click.option(
    "--model",
    "name",
    type=MODEL_NAME,
    help="The model: a name of `dtfviz models`, or anyone's factory as package.module:factory or file.py:factory, "
    "whose code is run.  [default: the bundled one, or read off the checkpoint]",
)
classes_option = click.option(
    "--classes", "num_classes", type=click.IntRange(min=1), help="Number of classes.  [default: the model's]"
)
layout_option = click.option(
    "--filter-layout", type=click.Choice(["released", "paper"]), help="How filters are shared; no foreign file says it."
)
labels_option = click.option("--labels", metavar="FILE|kinetics400", help="Class names: a line each, or JSON.")
partial_option = click.option(
    "--partial", is_flag=True, help="Accept a file that leaves some of the model at its initial values."
)
frames_option = click.option("--frames", type=click.IntRange(min=1), help="Frames of a clip.  [default: the model's]")
size_option = click.option(
    "--size", type=click.IntRange(min=1), help="Height and width of a clip in pixels.  [default: the model's]"
)
stride_option = click.option(
    "--stride", type=click.IntRange(min=1), help="Video frames from one clip frame to the next.  [default: the model's]"
)
loop_option = click.option("--loop", is_flag=True, help="Begin again where a short video ends.")
data_argument = click.argument("data", default="motion")
root_option = click.option(
    "--root", type=click.Path(), help="The folder that the paths of a list are relative to.  [default: the list's]"
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=2,
    show_default=True,
    help="Processes that make clips ahead of the model.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")


def start_of(value: str | None) -> dict[str, float | int]:
    """`12` is a frame, `1.5` and `2s` are seconds."""
    if value is None:
        return {}
    try:
        return {"start_frame": int(value)} if value.isdigit() else {"start": float(value.removesuffix("s"))}
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is neither a frame such as 12 nor seconds such as 1.5s", param_hint="--start"
        ) from None


def part_of(value: str | None) -> tuple[int, int] | None:
    """`2/10`: the second of ten clips."""
    if value is None:
        return None
    part, slash, parts = value.partition("/")
    if not (slash and part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise click.BadParameter(f"{value!r} is not one of several clips, such as 1/10", param_hint="--clip")
    return int(part), int(parts)


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def options(*several: Callable[..., Any]) -> Decorator:
    """Several click options as one decorator, in the order in which `--help` shows them."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(several):
            command = option(command)
        return command

    return add


def bundling(into: str, make: Callable[..., Any]) -> Decorator:
    """The command hears one argument, `into`, made of the options that `make` names as its parameters."""
    names = list(inspect.signature(make).parameters)

    def wrap(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def bundled(**given: Any) -> Any:
            taken = {name: given.pop(name) for name in names}
            return command(**given, **{into: make(**taken)})

        return bundled

    return wrap


# --- which frames -----------------------------------------------------------------------------------------------------
def sampling_of(
    start: str | None, stride: int | None, fps: float | None, part: str | None, loop: bool
) -> dict[str, Any]:
    """What was asked for, as `sampling_for` takes it."""
    return {"stride": stride, "fps": fps, "loop": loop, "part": part_of(part)} | start_of(start)


def clip_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which frames of the video: the same on every command that takes one, which hears of them as `sampling`."""
    return options(
        click.option("--start", help="Where the clip begins: a frame (12) or seconds (1.5s).  [default: centred]"),
        stride_option,
        click.option(
            "--fps", type=click.FloatRange(min=0, min_open=True), help="Clip frames a second, instead of a stride."
        ),
        click.option(
            "--clip", "part", metavar="I/N", help="The I-th of N clips, spread as the paper's evaluation does."
        ),
        loop_option,
    )(bundling("sampling", sampling_of)(command))


def viewed_of(clips: int, crops: str, order: str, seed: int) -> dict[str, Any]:
    from dtfviz.core.media.crop import THREE

    return {"clips": clips, "crops": THREE if crops == "3" else ("center",), "order": order, "seed": seed}


def view_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which views of a video are averaged, and in which order their frames are shown; the command hears of them as
    `viewed`.
    """
    return options(
        click.option(
            "--clips",
            type=click.IntRange(min=1),
            default=1,
            show_default=True,
            help="To average over, spread over the video.",
        ),
        click.option("--crops", type=click.Choice(["1", "3"]), default="1", show_default=True, help="To average over."),
        click.option(
            "--order",
            type=click.Choice(["normal", "reversed", "shuffled", "frozen", "frozen-middle", "half-rate"]),
            default="normal",
            show_default=True,
            help="Of frames.",
        ),
        click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the shuffle."),
    )(bundling("viewed", viewed_of)(command))


# --- which model ------------------------------------------------------------------------------------------------------
def numbers_of(value: str | None, param: str) -> tuple[float, ...] | None:
    """`0.5` or `0.43,0.39,0.38`: one number for all of RGB, or three."""
    if value is None:
        return None
    try:
        numbers = tuple(float(part) for part in value.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) not in (1, 3):
        raise click.BadParameter(f"{value!r} is not one number or three, such as 0.45,0.45,0.45", param_hint=param)
    return numbers * (3 // len(numbers))


def pairs_of(values: Sequence[str], param: str) -> dict[str, str]:
    """`key=value`, repeated."""
    for value in values:
        if not value.partition("=")[0] or "=" not in value:
            raise click.BadParameter(f"{value!r} is not name=value", param_hint=param)
    return dict(value.split("=", 1) for value in values)


def foreign_of(
    model_args: tuple[str, ...],
    mean: str | None,
    std: str | None,
    input_layout: str,
    output: str | None,
    layouts: tuple[str, ...],
    is_trained: bool,
) -> Foreign:
    return Foreign(
        arguments={key: read_value(value) for key, value in pairs_of(model_args, "--model-arg").items()},
        mean=numbers_of(mean, "--mean"),
        std=numbers_of(std, "--std"),
        input_layout=input_layout,
        output=output,
        layouts=pairs_of(layouts, "--layout"),
        is_trained=is_trained,
    )


def foreign_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How to make and feed a model that is not ours; the command hears of it as `foreign`."""
    return options(
        click.option(
            "--model-arg",
            "model_args",
            metavar="K=V",
            multiple=True,
            help="Of the factory, such as weights=DEFAULT; repeatable.",
        ),
        click.option("--trained", "is_trained", is_flag=True, help="What the factory loads means something."),
        click.option("--mean", metavar="R,G,B", help="Taken off RGB in [0, 1].  [default: torchvision's for videos]"),
        click.option("--std", metavar="R,G,B", help="RGB is divided by.  [default: torchvision's for videos]"),
        click.option(
            "--input-layout",
            type=click.Choice(["BCTHW", "BTCHW"]),
            default="BCTHW",
            show_default=True,
            help="What the factory's model takes.",
        ),
        click.option("--output", metavar="FIELD", help="Of the object that it returns: the logits."),
        click.option(
            "--layout",
            "layouts",
            metavar="LAYER=LAYOUT",
            multiple=True,
            help="What a layer gives, where its shape leaves it open.",
        ),
    )(bundling("foreign", foreign_of)(command))


def wishes_of(
    name: str | None,
    checkpoint: str | None,
    frames: int | None,
    size: int | None,
    filter_layout: str | None,
    labels: str | None,
    partial: bool,
    device: str,
    foreign: Foreign,
) -> dict[str, Any]:
    """What was asked for, as `prepare_model` takes it."""
    wishes = Wishes(name, frames, size, None, filter_layout, foreign)
    return {"wishes": wishes, "checkpoint": checkpoint, "labels": labels, "partial": partial, "device": device}


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
        foreign_options,
    )(bundling("asked", wishes_of)(command))


# --- which position --------------------------------------------------------------------------------------------------
def cell_of(text: str) -> Any:
    """`3,2`: column and row."""
    from dtfviz.core.results.filters import Cell

    if found := re.fullmatch(r"(\d+),(\d+)", text):
        return Cell(row=int(found[2]), col=int(found[1]))
    raise click.BadParameter(f"{text!r} is not a column and a row such as 3,2", param_hint="--cell")


# --- figures ----------------------------------------------------------------------------------------------------------
figure_options = options(
    click.option("--dpi", type=click.IntRange(30, 1200), default=200, show_default=True, help="Of figures."),
    click.option(
        "--width",
        type=click.FloatRange(2, 20),
        default=7.0,
        show_default=True,
        help="Of figures in inches; 3.3 is one column.",
    ),
    click.option("--no-caption", is_flag=True, help="Leave the small line under figures out."),
)
form_option = click.option(
    "--format", "form", type=click.Choice(["png", "svg", "pdf"]), default="png", show_default=True, help="Of figures."
)


def folder_options(default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Where a command writes, and what it prints: `out`, `overwrite` and `as_json`."""
    return options(
        click.option("-o", "--out", type=click.Path(), help=f"The folder to write.  [default: dtfviz-out/{default}]"),
        click.option("--overwrite", is_flag=True, help="Replace an earlier run."),
        json_option,
    )
