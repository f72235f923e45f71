"""The commands by name: where each lives and its line in `dtfviz --help`. Nothing is imported until a command is used."""

from typing import NamedTuple


class Command(NamedTuple):
    target: str  # "module:command"
    about: str


COMMANDS: dict[str, Command] = {
    "models": Command("dtfviz.commands.models:models", "List the models, or the layers of one."),
}
