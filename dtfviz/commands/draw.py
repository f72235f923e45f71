"""dtfviz draw FOLDER: a finished run drawn again."""

from __future__ import annotations

from pathlib import Path

import click

from dtfviz.commands.options.heading import FIGURE, bundling, command, option
from dtfviz.commands.options.number import Count, Number
from dtfviz.commands.options.output import Output, folder_options
from dtfviz.commands.telling import print_json, print_line, progress
from dtfviz.core.choices import FORMS, MEASURES, VIEWS
from dtfviz.core.render.drawing import Changes


@command()
@click.argument("folder", type=click.Path())
@option(FIGURE, "--format", "form", type=click.Choice(FORMS), help="Of figures.  [default: as before]")
@option(FIGURE, "--width", type=Number(2, 20), help="Of figures in inches; 3.3 is one column.")
@option(FIGURE, "--dpi", type=Count(30, 1200), help="Of figures.")
@option(FIGURE, "--caption/--no-caption", "has_caption", default=None, help="The small line under figures.")
@option(FIGURE, "--scale", metavar="clip|frame|fixed:a,b", help="What the colours of maps span.")
@option(FIGURE, "--opacity", type=Number(0, 1), help="Of the hottest place of a map.")
@option(FIGURE, "--overlay-height", type=Count(16, 4320), help="Pixels of the footage of an overlay, at most.")
@option(FIGURE, "--view", type=click.Choice(VIEWS), help="Of filters: as predicted, after mixing, or both.")
@option(FIGURE, "--channels", metavar="top:N|mean|I,J,...", help="Of filters: shown one by one beside the mean.")
@option(FIGURE, "--measure", type=click.Choice(MEASURES), metavar="MEASURE", help="By which positions are ranked.")
@option(FIGURE, "--film", "is_filmed", is_flag=True, help="Write videos too, which needs the video that was looked at.")
@folder_options("FOLDER-drawn", root="")
@bundling("changes", Changes)
def draw(folder: str, changes: Changes, is_filmed: bool, output: Output) -> None:
    """Draw a finished run again: FOLDER holds its result, so no model, video or GPU is needed.

    What is not named stays as it was drawn before. The pictures go to a folder of their own.
    """
    from dtfviz.core.jobs.draw import draw_again

    with progress() as on_step:
        done = draw_again(Path(folder), changes, output.request(on_step), is_filmed=is_filmed)
    state = "written" if done.is_new else "up to date"
    if output.as_json:
        print_json({"folder": str(done.folder), "state": state, "files": done.files})
        return
    for name in done.files:
        print_line(done.folder / name)
    print_line(f"{done.folder}: {state}")
