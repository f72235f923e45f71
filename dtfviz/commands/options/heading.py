"""Options under headings: `--help` shows what belongs together, and first what everyone uses."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import click

MODEL, FOREIGN, CLIP, WHAT, HOW, FIGURE, OUTPUT = HEADINGS = (
    "Model",
    "Someone else's model",
    "Clip",
    "What to explain",
    "How to run",
    "Figure",
    "Output",
)
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Option(click.Option):
    """An option that knows its heading."""

    def __init__(self, *names: Any, heading: str = OUTPUT, **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.heading = heading


class Command(click.Command):
    """A command whose `--help` groups options by their headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Every heading that has options, in the order of HEADINGS; click's own `--help` comes last."""
        given = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]  # usage names arguments
        for heading in HEADINGS:
            found = [param for param in given if heading_of(param) == heading]
            rows = [row for param in found if (row := param.get_help_record(ctx)) is not None]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


def heading_of(param: click.Parameter) -> str:
    """Where a parameter stands in `--help`."""
    return getattr(param, "heading", OUTPUT)


def command(name: str | None = None) -> Callable[[Callable[..., Any]], click.Command]:
    """A command with headings."""
    return click.command(name, cls=Command)


def option(heading: str, *names: str, **settings: Any) -> Decorator:
    """An option under a heading."""
    return click.option(*names, cls=Option, heading=heading, **settings)


def options(*several: Decorator) -> Decorator:
    """Several options as one decorator, in the order in which `--help` shows them."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for one in reversed(several):
            function = one(function)
        return function

    return add


def bundling(into: str, make: Callable[..., Any], shared: Sequence[str] = ()) -> Decorator:
    """The command hears one argument, `into`, made of the options that `make` has as its parameters.

    It hears no more of them, but of `shared` ones, which another record needs too.
    """
    names = list(inspect.signature(make).parameters)

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def bundled(**given: Any) -> Any:
            taken = {name: given[name] for name in names}
            left = {name: value for name, value in given.items() if name not in names or name in shared}
            return function(**left, **{into: make(**taken)})

        return bundled

    return wrap
