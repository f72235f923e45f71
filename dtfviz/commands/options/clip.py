"""Which frames of which video, in which crops and order: `ClipChoice` and `ViewChoice`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from dtfviz.commands.options.heading import CLIP, bundling, option, options
from dtfviz.commands.options.number import SEED, Count, Number, finite
from dtfviz.core.choices import MOST_STRIDE, ORDERS, THREE
from dtfviz.core.counts import count_of

if TYPE_CHECKING:
    from dtfviz.core.media.sampling import ClipChoice


def there(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """The video or videos as they were named, or an error before a model is loaded for them."""
    from pathlib import Path

    from dtfviz.core.media.video import check_there

    for path in map(Path, [value] if isinstance(value, str) else value or ()):
        if not ctx.resilient_parsing:
            check_there(path)
    return value


video_argument = click.argument("video", type=click.Path(), required=False, callback=there)
stride_option = option(
    CLIP,
    "--stride",
    type=Count(1, MOST_STRIDE),
    help="Video frames from one clip frame to the next.  [default: the model's]",
)
loop_option = option(CLIP, "--loop", is_flag=True, help="Begin again where a short video ends.")


def start_of(value: str | None) -> tuple[float | None, int | None]:
    """Seconds and frame: `12` is a frame, `1.5` and `2s` are seconds."""
    if value is None:
        return None, None
    if (frame := count_of(value)) is not None:
        return None, frame
    try:
        return finite(value.removesuffix("s")), None
    except ValueError:
        raise click.BadParameter(
            f"{value[:80]!r} is neither a frame such as 12 nor seconds such as 1.5s", param_hint="--start"
        ) from None


def part_of(value: str | None) -> tuple[int, int] | None:
    """`2/10`: the second of ten clips."""
    if value is None:
        return None
    part, _, parts = map(count_of, value.partition("/"))
    if not (part and parts and part <= parts):
        raise click.BadParameter(f"{value[:80]!r} is not one of several clips, such as 1/10", param_hint="--clip")
    return part, parts


def clip_of(start: str | None, stride: int | None, fps: float | None, part: str | None, loop: bool) -> ClipChoice:
    """What was asked for, as the record that core takes."""
    from dtfviz.core.media.sampling import ClipChoice

    seconds, frame = start_of(start)
    return ClipChoice(stride, fps, seconds, frame, part_of(part), loop)


def clip_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which frames of the video: the same on every command that takes one, which hears of them as `choice`."""
    return options(
        option(CLIP, "--start", help="Where the clip begins: a frame (12) or seconds (1.5s).  [default: centred]"),
        stride_option,
        option(
            CLIP,
            "--fps",
            type=Number(min=0, min_open=True),
            help="Clip frames a second, instead of a stride.",
        ),
        option(
            CLIP, "--clip", "part", metavar="I/N", help="The I-th of N clips, spread as the paper's evaluation does."
        ),
        loop_option,
    )(bundling("choice", clip_of)(command))


def crop_option(*crops: str, help: str) -> Callable[..., Any]:
    """Which part of the frame; `three` stands for left, center and right."""
    return option(CLIP, "--crop", type=click.Choice(crops), default="center", show_default=True, help=help)


def crops_of(crop: str) -> tuple[str, ...]:
    """The crops that a name stands for."""
    return THREE if crop == "three" else (crop,)


@dataclass(frozen=True)
class ViewChoice:
    """Which views of a video are averaged, and how their frames are ordered."""

    clips: int
    crops: tuple[str, ...]
    order: str
    seed: int  # of the shuffle


def views_of(clips: int, crops: str, order: str, seed: int) -> ViewChoice:
    """What was asked for."""
    return ViewChoice(clips, crops_of("three" if crops == "3" else "center"), order, seed)


def view_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which views are averaged, and in which order their frames are shown; the command hears of it as `views`."""
    return options(
        option(
            CLIP,
            "--clips",
            type=Count(),
            default=1,
            show_default=True,
            help="To average over, spread over the video.",
        ),
        option(CLIP, "--crops", type=click.Choice(["1", "3"]), default="1", show_default=True, help="To average over."),
        option(CLIP, "--order", type=click.Choice(ORDERS), default="normal", show_default=True, help="Of frames."),
        option(CLIP, "--seed", type=SEED, default=0, show_default=True, help="Of the shuffle."),
    )(bundling("views", views_of)(command))
