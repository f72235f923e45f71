"""dtfviz demo: the main job on what is bundled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtfviz.commands.options.heading import command
from dtfviz.commands.options.model import device_option
from dtfviz.commands.options.output import Output, folder_options
from dtfviz.commands.telling import Document, print_json, print_table, progress, say, terminal_width

if TYPE_CHECKING:
    from dtfviz.core.results.demo import Showing


@command()
@device_option
@folder_options("demo", holds_runs=True)
def demo(device: str, output: Output) -> None:
    """Show what the bundled model sees in the bundled clips: a person who walks, and a generated mover beside a still
    look-alike.

    Each is played forward and backward in time; of what moves, only the direction of time tells which way, so the
    answer flips. Writes Grad-CAM and the filters where it is highest and lowest, a folder each.
    """
    from dtfviz.core.jobs.demo import demo_folder
    from dtfviz.core.jobs.setup import ModelChoice, prepare_model
    from dtfviz.core.render.demo import demo_table

    model = prepare_model(ModelChoice(device=device), say, looks_inside=True)
    with progress() as on_step:
        shown = demo_folder(model, output.request(on_step))
    if output.as_json:
        print_json({"shown": [as_document(one) for one in shown]})
    else:
        print_table(demo_table(shown, terminal_width()))


def as_document(one: Showing) -> Document:
    """One showing for `--json`."""
    x, y = one.peak
    return {
        "clip": one.clip,
        "reversed": one.is_reversed,
        "label": one.label,
        "probability": one.probability,
        "peak": {"x": x, "y": y},
        "filter_ranks": {"hot": one.ranks[0], "cold": one.ranks[1], "of": one.cells},
        "folders": [str(folder) for folder in one.folders],
        "state": "written" if one.is_new else "up to date",
    }
