"""The streams of the process, whose errors are told from those of files.

A reader of stdout that goes away, as `| head` does, ends a command quietly; a stdout that cannot be written is an
error. What cannot be said on stderr stays unsaid: no work is lost for a remark. Whoever closed a stream wants nothing
of it.
"""

import io
import os
import sys
from typing import Literal, TextIO

import click

from dtfviz.core.errors import OutputError


def prepare_streams() -> None:
    """Give the process streams that can be relied on."""
    sys.stdin = sys.stdin or nothing("r")
    sys.stdout = watched(sys.stdout, Stdout) if sys.stdout else nothing("w")
    sys.stderr = watched(sys.stderr, Stderr) if sys.stderr else nothing("w")


def nothing(mode: Literal["r", "w"]) -> TextIO:
    """In place of a closed stream, whose number would fall to the next file that is opened."""
    return open(os.devnull, mode, encoding="utf-8")


def watched(stream: TextIO, kind: "type[Stdout | Stderr]") -> TextIO:
    """The same stream; a terminal without our characters gets question marks, not a traceback."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    own = kind(
        stream.buffer,
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    own.replaced = stream
    return own


class Stdout(io.TextIOWrapper):
    """Where data go: all of them, or the command has failed."""

    replaced: TextIO  # held, since it would close what both write to when nobody holds it any more

    def write(self, text: str, /) -> int:
        if text == "":
            return 0  # click asks so whether this is a stream of text, and swallows what it hears
        try:
            return super().write(text)
        except OSError as error:
            raise self.ended(error) from error

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise self.ended(error) from error

    def ended(self, error: OSError) -> Exception:
        silence(self)
        if isinstance(error, BrokenPipeError):
            return click.exceptions.Exit(0)
        return OutputError(
            "stdout cannot be written",
            fact=error.strerror or str(error),
            hint="send it to a file on a disk with space: `> FILE`",
        )


class Stderr(io.TextIOWrapper):
    """Where everything else goes, as far as it can be said."""

    replaced: TextIO  # as above

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError:
            silence(self)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            silence(self)


def silence(stream: io.TextIOWrapper) -> None:
    """What is still buffered, and all that comes, goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
