from importlib import import_module

import click
import pytest

from dtfviz.commands import COMMANDS
from dtfviz.commands.options.heading import HEADINGS, bundling, command, option


def command_of(name: str) -> click.Command:
    module, _, attribute = COMMANDS[name].target.partition(":")
    return getattr(import_module(module), attribute)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_stands_once_under_a_heading_in_their_order(name, inside):
    help_text = inside(name, "--help").stdout
    lines = help_text.splitlines()
    heads = [line.removesuffix(":") for line in lines if line.removesuffix(":") in HEADINGS]
    assert heads == [heading for heading in HEADINGS if heading in heads]
    assert "Options:" not in help_text
    rows = [line for line in lines[lines.index(f"{heads[0]}:") :] if line.startswith("  ") and line[2] != " "]
    starts = [line.split()[0].rstrip(",") for line in rows]
    options = [param for param in command_of(name).params if isinstance(param, click.Option)]
    assert all(getattr(param, "heading", None) in HEADINGS for param in options)
    assert sorted(starts) == sorted([*(param.opts[0] for param in options), "-h"])


def test_a_bundle_takes_its_options_and_leaves_those_that_are_shared():
    heard = {}

    @command()
    @option("Clip", "--a", type=int)
    @option("Clip", "--b", type=int)
    @option("Clip", "--c", type=int)
    @bundling("total", lambda a, b: a + b, shared=("b",))
    def add(**given):
        heard.update(given)

    add.main(["--a", "1", "--b", "2", "--c", "3"], standalone_mode=False)
    assert heard == {"total": 3, "b": 2, "c": 3}
