"""dtfviz motion -o CLIP.mp4: a generated clip whose motion is known."""

from __future__ import annotations

from pathlib import Path

import click

from dtfviz.commands.options.heading import CLIP, OUTPUT, WHAT, command, option
from dtfviz.commands.options.number import SEED, Count, Number
from dtfviz.commands.options.output import json_option
from dtfviz.commands.telling import print_json, print_line
from dtfviz.core.choices import MOTIONS


@command()
@option(WHAT, "--class", "name", metavar="CLASS", help=f"One of {', '.join(MOTIONS)}.  [default: drawn by the seed]")
@option(
    WHAT,
    "--seed",
    type=SEED,
    default=0,
    show_default=True,
    help="Of the scene; other classes share it.",
)
@option(WHAT, "--difficulty", type=Number(), default=0.4, show_default=True, help="From 0 (plain) to 1 (camouflaged).")
@option(CLIP, "--frames", type=Count(1, 100_000), default=48, show_default=True, help="That the motion is spread over.")
@option(CLIP, "--size", type=Count(16, 1024), default=256, show_default=True, help="Height and width in pixels.")
@option(CLIP, "--fps", type=Number(1, 240), default=24, show_default=True, help="Frames a second.")
@option(OUTPUT, "-o", "--out", type=click.Path(), required=True, help="The mp4 file to write.")
@option(OUTPUT, "--overwrite", is_flag=True, help="Replace a file that holds something else.")
@json_option
def motion(
    name: str | None,
    seed: int,
    difficulty: float,
    frames: int,
    size: int,
    fps: float,
    out: str,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Draw one textured object in known motion before a textured background, as a video.

    The motion is spread over the clip: 48 frames read with a stride of 3 show what 16 frames do. The same command draws
    the same clip everywhere.
    """
    from dtfviz.core.jobs.clip import write_clip
    from dtfviz.core.media.motion import class_index, draw_motion

    drawn = draw_motion(
        None if name is None else class_index(name), seed, difficulty=difficulty, frames=frames, size=size
    )
    state = "written" if write_clip(list(drawn.frames), fps, Path(out), overwrite=overwrite) else "up to date"
    shown, path = MOTIONS[drawn.label], drawn.path.tolist()
    if as_json:
        facts = {"class": shown, "seed": seed, "difficulty": difficulty, "frames": frames, "size": size, "fps": fps}
        print_json({"out": out, "state": state, **facts, "has_decoy": bool(drawn.decoy.any()), "path": path})
        return
    print_line(
        f"{shown}, seed {seed}, difficulty {difficulty:g}: {frames} frames of {size} x {size} pixels, {fps:g} a second"
    )
    print_line(
        "the object's centre: {:.0f},{:.0f} in the first frame, {:.0f},{:.0f} in the last".format(*path[0], *path[-1])
    )
    print_line(f"{out}: {state}")
