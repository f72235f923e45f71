"""Which data a model is trained or evaluated on."""

import click

from dtfviz.commands.options.heading import CLIP, HOW, option
from dtfviz.commands.options.number import Count
from dtfviz.core.learning.wishes import MOTION

data_argument = click.argument("data", default=MOTION)
root_option = option(
    CLIP,
    "--root",
    type=click.Path(),
    help="The folder that the paths of a list are relative to.  [default: the list's]",
)
workers_option = option(
    HOW,
    "--workers",
    type=Count(0, 256),
    default=2,
    show_default=True,
    help="Processes that make clips ahead of the model.",
)
