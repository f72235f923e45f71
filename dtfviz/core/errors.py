"""What can go wrong, by what the user can mend. The shell renders these; anything else is a bug and keeps its
traceback.
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dtfviz.core.escaping import escape

Value = str | float | tuple[float, ...] | Mapping[str, str]


@dataclass(frozen=True)
class Use:
    """An option to give, by its Python keyword, with its value (True switches it on), and what must be given beside."""

    option: str
    value: Value = True
    also: "Use | None" = None

    def __iter__(self) -> "Iterator[Use]":
        yield self
        if self.also is not None:
            yield from self.also

    def __str__(self) -> str:
        return ", ".join(f"{one.option}={one.value!r}" for one in self)


@dataclass(frozen=True)
class Try:
    """A whole command to try as it stands, word by word."""

    words: tuple[str | Path, ...]

    def __str__(self) -> str:
        return shlex.join(map(as_word, self.words))


Hint = str | Use | Try  # a sentence, or what the shell can make a command of


def as_word(word: str | Path) -> str:
    """A file whose name begins with a dash must not be taken for an option."""
    return f"./{word}" if isinstance(word, Path) and str(word).startswith("-") else str(word)


class DtfvizError(Exception):
    """What went wrong (the message), the fact that was seen, and what to try."""

    exit_code = 1

    def __init__(self, message: str, *, fact: str = "", hint: Hint = "") -> None:
        super().__init__(message)
        self.message = message
        self.fact = fact
        self.hint = hint

    def __str__(self) -> str:
        parts = (self.message, self.fact, self.hint and f"try: {self.hint}")
        return "; ".join(escape(part) for part in parts if part)


class DtfvizWarning(UserWarning):
    """What an analysis goes on in spite of, and says in its result too."""


class OptionError(DtfvizError):
    """An option or name that does not exist, or options that contradict each other."""

    exit_code = 2


class InputError(DtfvizError):
    """A file that cannot be read as what it should be."""

    exit_code = 3


class VideoError(InputError):
    """A video that cannot be read, or is too short."""


class CheckpointError(InputError):
    """A checkpoint that cannot be read, or is not safe to read."""


class ModelError(DtfvizError):
    """A model that cannot be built, does not fit its weights or its input, or gives a meaningless result."""

    exit_code = 4


class DeviceError(DtfvizError):
    """A device or an optional dependency that is not there."""

    exit_code = 6


class OutputError(DtfvizError):
    """A place that cannot be written to: no space, no permission, or a folder that is not ours."""

    exit_code = 7
