import click
import pytest

from dtfviz.commands.options.grid import as_grid


def read(text):
    return as_grid(click.Context(click.Command("any")), click.Option(["--grid"]), text)


def test_three_counts_are_in_time_down_and_across():
    assert read("8x14x16") == read("8X14X16") == (8, 14, 16)
    assert read(None) is None


@pytest.mark.parametrize("text", ["", "8x14", "8x14x14x2", "8x0x14", "8x-1x14", "axbxc", "²x1x1"])
def test_what_is_no_three_counts_is_refused(text):
    with pytest.raises(click.BadParameter, match="not three numbers"):
        read(text)
