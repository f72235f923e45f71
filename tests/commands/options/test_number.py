"""Every number that a command takes, by its option's own type, and the numbers inside of words."""

import click
import pytest

from dtfviz.cli import shell
from dtfviz.commands import COMMANDS
from dtfviz.commands.options.clip import part_of, start_of
from dtfviz.commands.options.counting import Views
from dtfviz.commands.options.grid import as_grid
from dtfviz.commands.options.model import numbers_of
from dtfviz.commands.options.number import Count, Number, finite
from dtfviz.commands.options.position import cell_of, position_of
from dtfviz.core.analysis.targets import class_of
from dtfviz.core.errors import OptionError
from dtfviz.core.models.building import sketch
from dtfviz.core.render.filters.responses import check_channels
from dtfviz.core.render.style.colour import check_scale

NONE = ("nan", "NaN", "inf", "-inf", "1e400", "-1e400", "9" * 5000, "9" * 4000, "9" * 35, "²", "1²", "", "x", "1_0²")


def options_with_numbers():
    """Of every command, each with what it is called."""
    context = click.Context(shell)
    for name in COMMANDS:
        for param in shell.get_command(context, name).params:
            if isinstance(param.type, click.types.IntParamType | click.types.FloatParamType):
                yield pytest.param(param, id=f"{name} {param.opts[0]}")


@pytest.mark.parametrize("param", list(options_with_numbers()))
def test_an_option_with_a_number_takes_nothing_that_is_none(param):
    assert isinstance(param.type, Count | Number)
    for value in NONE:
        with pytest.raises(click.BadParameter) as caught:
            param.type.convert(value, param, None)
        assert len(caught.value.message) < 120


def test_a_number_is_what_it_was():
    assert [Count(0).convert(value, None, None) for value in ("0", 7, "1000000000")] == [0, 7, 10**9]
    assert [Number().convert(value, None, None) for value in ("-0.5", 7, "1e9")] == [-0.5, 7, 1e9]
    assert finite("2.5") == 2.5


WORDS = {
    "start": (start_of, "{}"),
    "start in seconds": (start_of, "{}s"),
    "clip": (part_of, "{}/{}"),
    "the first of clips": (part_of, "1/{}"),
    "grid": (lambda text: as_grid(None, None, text), "{}x{}x{}"),
    "views": (lambda text: Views().convert(text, None, None), "{}x{}"),
    "cell": (cell_of, "{},{}"),
    "pixel": (position_of, "{},{}"),
    "share": (position_of, "{}%,{}%"),
    "mean": (lambda text: numbers_of(text, "--mean"), "{},{},{}"),
    "one mean": (lambda text: numbers_of(text, "--mean"), "{}"),
    "scale": (check_scale, "fixed:0,{}"),
    "lower end of a scale": (check_scale, "fixed:{},0"),
    "channels": (check_channels, "{},{}"),
    "top channels": (check_channels, "top:{}"),
    "class": (lambda text: class_of(sketch("dtf_net_motion").card, text, None), "{}"),
}


@pytest.mark.parametrize("what", WORDS)
def test_a_word_with_numbers_in_it_is_refused_where_one_of_them_is_none(what):
    read, form = WORDS[what]
    for value in NONE:
        with pytest.raises((click.BadParameter, OptionError)) as caught:
            read(form.replace("{}", value))
        assert len(caught.value.message) < 300


def test_words_with_numbers_are_read_as_before():
    assert (start_of("12"), start_of("1.5s"), start_of("2s")) == ((None, 12), (1.5, None), (2.0, None))
    assert (part_of("2/10"), as_grid(None, None, "8x14x14")) == ((2, 10), (8, 14, 14))
    assert numbers_of("0.5", "--std") == (0.5, 0.5, 0.5)
    assert position_of("-1.25,80") == (-1.25, 80.0)
