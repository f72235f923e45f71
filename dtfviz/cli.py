"""The shell: finds the command, runs it, and renders what goes wrong. Light: click only, and what an error needs is
loaded where there is one.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from dtfviz import __version__
from dtfviz.commands import COMMANDS
from dtfviz.commands.streams import prepare_streams
from dtfviz.core.errors import DtfvizError, DtfvizWarning
from dtfviz.core.escaping import escape

EXIT_CODES = """\b
Exit codes: 0 ok, 1 a bug, 2 usage, 3 input, 4 model or meaningless result,
6 missing optional dependency or device, 7 output, 130 interrupted (Ctrl-C, SIGTERM).

\b
Completion: eval "$(_DTFVIZ_COMPLETE=bash_source dtfviz)"   (or zsh, fish)"""
USAGE, INTERRUPTED = 2, 130


class Shell(click.Group):
    """Commands are imported when they are used; `--help` reads their lines from the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, n=1, cutoff=0.5)
            meant = f"did you mean {close[0]}?" if close else f"the commands are {', '.join(COMMANDS)}"
            raise click.UsageError(f"no command is called {args[0]!r}; {meant}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        code = super().invoke(ctx)
        sys.stdout.flush()  # here it may still fail by a documented code
        return code

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.about) for name, command in COMMANDS.items()])


@click.group(
    cls=Shell, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="dtfviz")
def shell() -> None:
    """See how temporal video models use time: where they look, which frequencies they pass, how far they see, what
    they cost.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point: never returns."""
    prepare_streams()
    hear_signals()
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def hear_signals() -> None:
    """What a cluster sends, and a terminal that goes away, end a command as Ctrl-C does; what is ignored stays so."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code."""
    as_json = "--json" in arguments
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DtfvizWarning)  # commands tell the remarks of a result
            code = shell.main(args=list(arguments), prog_name="dtfviz", standalone_mode=False)
    except DtfvizError as error:
        from dtfviz.commands.trying import typed

        hint = typed(error.hint, command_of(arguments), arguments)
        return report(error.message, error.fact, hint, error.exit_code, as_json)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "dtfviz"
        return report(error.format_message(), "", f"{path} --help", USAGE, as_json)
    except click.ClickException as error:
        return report(error.format_message(), "", "", error.exit_code, as_json)
    except (click.Abort, KeyboardInterrupt):
        return report("interrupted", "", "", INTERRUPTED, as_json)
    return code if isinstance(code, int) else 0


def command_of(arguments: Sequence[str]) -> click.Command | None:
    """The command that a command line names."""
    name = next((word for word in arguments if not word.startswith("-")), "")
    return shell.get_command(click.Context(shell), name)


def report(message: str, fact: str, hint: str, code: int, as_json: bool) -> int:
    """An error in up to three lines on stderr: what went wrong, the fact seen, what to try. Gives its exit code
    back.
    """
    color = None if "NO_COLOR" not in os.environ else False
    click.echo(click.style("error: ", fg="red", bold=True) + escape(message), err=True, color=color)
    if fact:
        click.echo(f"       {escape(fact)}", err=True)
    if hint:
        click.echo(f"  try: {escape(hint)}", err=True)
    if as_json:
        import json

        click.echo(json.dumps({"error": {"message": message, "fact": fact, "try": hint, "exit_code": code}}), err=True)
    return code
