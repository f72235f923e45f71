"""How a run was asked for, whatever it computes."""

from collections.abc import Callable
from dataclasses import dataclass

OnStep = Callable[[str, int, int], None]  # (what is done, done, total)


def silent(*_: object) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Request:
    """Where a run goes, and who hears of it."""

    command_line: tuple[str, ...] = ()  # what was typed after `dtfviz`
    out: str | None = None  # the folder, where one was named
    overwrite: bool = False
    say: Callable[[str], None] = silent  # what had to be assumed
    on_step: OnStep = silent
