"""What to try after an error, as one types it: an option that core names becomes a flag of the command that was run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

import click

from dtfviz.core.errors import Hint, Use, Value

SEPARATOR = "--"  # what stands behind it is never an option


def typed(hint: Hint, command: click.Command | None, arguments: Sequence[str]) -> str:
    """A sentence or a command; options become the command that was typed, with those options in it."""
    if not isinstance(hint, Use):
        return str(hint)
    options = [one for one in command.params if isinstance(one, click.Option)] if command else []
    words = list(arguments)
    for one in hint:
        option = find_option(options, one.option)
        if option is None:
            return " and ".join(map(spoken, hint))
        words = list(with_option(words, options, option, one.value))
    return shlex.join(["dtfviz", *words])


def spoken(use: Use) -> str:
    """The option as a sentence, for a command that has none of that name."""
    name = use.option.replace("_", " ")
    return f"switch {name} on" if use.value is True else f"set {name} to {as_text(use.value)}"


def find_option(options: Sequence[click.Option], keyword: str) -> click.Option | None:
    """The option that a command calls so, in its Python or else in one of its flags."""
    by_flag = {flag.lstrip("-").replace("-", "_"): option for option in options for flag in option.opts}
    return (by_flag | {option.name: option for option in options}).get(keyword)


def with_option(
    words: Sequence[str], options: Sequence[click.Option], option: click.Option, value: Value
) -> Iterator[str]:
    """The words with the option in place of what was given for it; a named entry stands beside those of other names."""
    flag = max(option.opts, key=len)
    given = [flag] if option.is_flag else [flag, as_text(value)]
    for one, part in split(words, options):
        if part[0] == SEPARATOR:
            yield from given
            given = []
        if one is not option or is_of_other_name(part, value):
            yield from part
    yield from given


def is_of_other_name(part: Sequence[str], value: Value) -> bool:
    """Whether an option that takes named entries was given one that stays."""
    return isinstance(value, Mapping) and not any(f"{name}=" in part[-1] for name in value)


def split(words: Sequence[str], options: Sequence[click.Option]) -> Iterator[tuple[click.Option | None, list[str]]]:
    """The words as click reads them: each option with its value, each argument alone, and all from the separator on."""
    by_flag = {flag: option for option in options for flag in option.opts}
    rest = list(words)
    while rest:
        word = rest[0]
        flag = word.partition("=")[0] if word.startswith("--") else word[:2]
        option = by_flag.get(flag)
        values = option.nargs if option is not None and not option.is_flag and word == flag else 0
        count = len(rest) if word == SEPARATOR else 1 + values
        yield option, rest[:count]
        rest = rest[count:]


def as_text(value: Value) -> str:
    """A value as an option of the shell takes it: `3,2` for several numbers, `name=value` for a named one."""
    if isinstance(value, Mapping):
        return ",".join(f"{name}={one}" for name, one in value.items())
    if isinstance(value, tuple):
        return ",".join(map(as_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
