"""When a class is meant, of a model that answers over time: `Moment`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from dtfviz.commands.options.heading import WHAT, bundling, option, options
from dtfviz.commands.options.number import Number
from dtfviz.core.choices import POOLS

if TYPE_CHECKING:
    from dtfviz.core.models.answers import Moment


pool_option = option(
    WHAT,
    "--pool",
    type=click.Choice(POOLS),
    help="Of an answer over time: the highest or the mean of the clip.  [default: max]",
)


def make_moment(at: float | None, pool: str | None) -> Moment:
    """What was asked for, as the record that core takes; its target is filled in where there is one."""
    from dtfviz.core.models.answers import Moment

    return Moment(None, at, pool or POOLS[0])


def moment_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command hears of it as `moment`."""
    return options(
        option(
            WHAT, "--at", type=Number(), metavar="SECONDS", help="When, of an answer over time.  [default: the clip]"
        ),
        pool_option,
    )(bundling("moment", make_moment)(command))
