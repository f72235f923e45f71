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

REPLACE = "Replace an earlier run: the files that dtfviz wrote in its folder go, all others stay."

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


def check_runs(context: click.Context, _: click.Parameter, out: str | None) -> str | None:
    """An error where nothing could be written, while options are read: before torch is loaded, or anything is done."""
    from pathlib import Path

    from dtfviz.core.store.folders import check_writable
    from dtfviz.core.store.runs import ROOT, read_key

    folder = Path(out) if out else ROOT
    if not context.resilient_parsing and read_key(folder) is None:  # one that is up to date need not be writable
        check_writable(folder)
    return out


def check_run(context: click.Context, option: click.Parameter, out: str | None) -> str | None:
    """The same for a folder that is to hold one run: an error where it holds what is not ours."""
    from pathlib import Path

    from dtfviz.core.store.runs import named, refuse_others

    if out and not context.resilient_parsing:
        refuse_others(named(Path(out)))
    return check_runs(context, option, out)


def folder_options(
    default: str, overwrite: str = REPLACE, root: str = "dtfviz-out/", *, holds_runs: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The folder that a command writes, which hears of it as `output`; whether it holds one run or folders of runs."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        return options(
            option(
                OUTPUT,
                "-o",
                "--out",
                type=click.Path(),
                callback=check_runs if holds_runs else check_run,
                help=f"The folder to write.  [default: {root}{default}]",
            ),
            option(OUTPUT, "--overwrite", is_flag=True, help=overwrite),
            json_option,
        )(bundling("output", Output)(command))

    return add
