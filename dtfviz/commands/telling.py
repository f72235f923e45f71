"""What commands say: data on stdout, everything else on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import click

from dtfviz.core.escaping import escape

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dtfviz.core.jobs.kept import Done

Document = dict[str, Any]  # as JSON holds it


def is_first_process() -> bool:
    """Of several that torchrun began the first speaks for all."""
    return os.environ.get("RANK", "0") == "0"


def say(line: str) -> None:
    """What had to be assumed, on stderr."""
    if is_first_process():
        click.echo(escape(line), err=True)


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr for each part of the work in turn, which hears (what, done, total); nothing where that is no
    terminal.
    """
    shown: Document = {}
    with ExitStack() as stack:

        def on_step(what: str, done: int, total: int) -> None:
            if total < 2 or not is_first_process() or not sys.stderr.isatty():
                return
            if what not in shown:
                stack.close()
                shown[what] = stack.enter_context(click.progressbar(length=total, label=escape(what), file=sys.stderr))
            shown[what].update(done - shown[what].pos)

        yield on_step


def print_json(document: object) -> None:
    """The one JSON document of a command, on stdout."""
    import json

    click.echo(json.dumps(document, indent=2, allow_nan=False))


def print_line(line: object = "") -> None:
    """A line on stdout, whatever a name in it holds."""
    click.echo(escape(str(line)))


def print_lines(lines: Iterable[str]) -> None:
    """Several."""
    for line in lines:
        print_line(line)


def print_table(table: RenderableType) -> None:
    """A table on stdout, as wide as the terminal."""
    from rich.console import Console

    Console(no_color="NO_COLOR" in os.environ, highlight=False).print(table)


def terminal_width() -> int:
    """Characters in a line of the terminal."""
    from rich.console import Console

    return Console().width


def tell(done: Done[Any], document: Document, lines: Iterable[RenderableType], *, as_json: bool) -> None:
    """The end of a command that writes: one JSON document, or what there is to read; and where the rest is."""
    state = "written" if done.is_new else "up to date"
    if as_json:
        print_json({"folder": str(done.folder), "state": state} | document)
        return
    for line in lines:
        print_line(line) if isinstance(line, str) else print_table(line)
    print_line(f"{done.folder}: {state}")
