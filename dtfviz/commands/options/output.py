"""Where a command writes, and what it prints: `Output`, and the request that a run hears of."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from dtfviz.commands.options.heading import OUTPUT, bundling, option, options
from dtfviz.commands.telling import say

if TYPE_CHECKING:
    from dtfviz.core.jobs.request import OnStep, Request

json_option = option(OUTPUT, "--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")


@dataclass(frozen=True)
class Output:
    """What was asked for."""

    out: str | None
    overwrite: bool
    as_json: bool

    def request(self, on_step: OnStep) -> Request:
        """What a run hears of it."""
        from dtfviz.core.jobs.request import Request

        return Request(tuple(sys.argv[1:]), self.out, self.overwrite, say, on_step)


def output_of(out: str | None, overwrite: bool, as_json: bool) -> Output:
    """What was asked for; an error where nothing could be written, before anything else is done."""
    from pathlib import Path

    from dtfviz.core.store.runs import ROOT, check_writable, read_key

    folder = Path(out) if out else ROOT
    if read_key(folder) is None:
        check_writable(folder)
    return Output(out, overwrite, as_json)


def folder_options(
    default: str, overwrite: str = "Replace an earlier run.", root: str = "dtfviz-out/"
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The folder that a command writes, which hears of it as `output`."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        return options(
            option(
                OUTPUT,
                "-o",
                "--out",
                type=click.Path(),
                help=f"The folder to write.  [default: {root}{default}]",
            ),
            option(OUTPUT, "--overwrite", is_flag=True, help=overwrite),
            json_option,
        )(bundling("output", output_of)(command))

    return add
