import shlex

import click
import pytest

from dtfviz.commands.trying import typed
from dtfviz.core.errors import Try, Use


@click.command()
@click.argument("video")
@click.option("--frames", type=int)
@click.option("--model", "name")
@click.option("-o", "--out")
@click.option("--target", "targets", multiple=True)
@click.option("--layout", "layouts", multiple=True)
@click.option("--filter-layout")
@click.option("--overwrite", is_flag=True)
def command(**_):
    """A command with an option of every kind."""


def tried(hint, line):
    return typed(hint, command, shlex.split(line))


@pytest.mark.parametrize(
    ("hint", "line", "wanted"),
    [
        (Use("frames", 16), "see a.mp4", "see a.mp4 --frames 16"),
        (Use("frames", 16), "see --frames 18 a.mp4", "see a.mp4 --frames 16"),
        (Use("frames", 16), "see --frames=18 a.mp4", "see a.mp4 --frames 16"),
        (Use("frames", 16), "see a.mp4 --frames", "see a.mp4 --frames 16"),
        (Use("overwrite"), "see a.mp4 -o b", "see a.mp4 -o b --overwrite"),
        (Use("overwrite"), "see --overwrite a.mp4", "see a.mp4 --overwrite"),
        (Use("out", "c"), "see -o b a.mp4", "see a.mp4 --out c"),
        (Use("out", "c"), "see -ob a.mp4", "see a.mp4 --out c"),
        (Use("out", "c"), "see --out=b a.mp4 -o d", "see a.mp4 --out c"),
        (Use("target", "top"), "see a.mp4 --target 3 --target 4", "see a.mp4 --target top"),
        (Use("model", "dtf_net_r50"), "see a.mp4 --model x", "see a.mp4 --model dtf_net_r50"),
        (Use("name", "dtf_net_r50"), "see a.mp4", "see a.mp4 --model dtf_net_r50"),
        (Use("filter_layout", "paper"), "see a.mp4", "see a.mp4 --filter-layout paper"),
        (Use("layouts", {"b": "BCTHW"}), "see a.mp4 --layout a=BTC", "see a.mp4 --layout a=BTC --layout b=BCTHW"),
        (Use("layouts", {"a": "BCTHW"}), "see a.mp4 --layout a=BTC", "see a.mp4 --layout a=BCTHW"),
        (Use("frames", 8, also=Use("out", "c")), "see -o b a.mp4", "see a.mp4 --frames 8 --out c"),
        (Use("out", (3, 2)), "see a.mp4", "see a.mp4 --out 3,2"),
        (Use("out", 2e-05), "see a.mp4", "see a.mp4 --out 2e-05"),
    ],
)
def test_an_option_is_added_or_takes_the_place_of_what_was_typed(hint, line, wanted):
    assert tried(hint, line) == f"dtfviz {wanted}"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("see -- a.mp4", "see --frames 16 -- a.mp4"),
        ("see --frames 18 -- -odd.mp4", "see --frames 16 -- -odd.mp4"),
        ("see -- --frames 18", "see --frames 16 -- --frames 18"),
        ("see --out -- -- a.mp4", "see --out -- --frames 16 -- a.mp4"),
    ],
)
def test_nothing_is_touched_behind_the_separator(line, wanted):
    assert tried(Use("frames", 16), line) == f"dtfviz {wanted}"


def test_the_value_of_another_option_is_never_taken_for_an_option():
    assert tried(Use("frames", 16), "see a.mp4 --out --frames") == "dtfviz see a.mp4 --out --frames --frames 16"


def test_file_names_with_spaces_stay_whole():
    line = "see 'a clip.mp4' -o 'to here'"
    assert tried(Use("overwrite"), line) == f"dtfviz {line} --overwrite"
    assert tried(Use("out", "over there"), line) == "dtfviz see 'a clip.mp4' --out 'over there'"


@pytest.mark.parametrize(
    ("hint", "sentence"),
    [
        (Use("samples", 3), "set samples to 3"),
        (Use("cell", (3, 2)), "set cell to 3,2"),
        (Use("num_classes", 7), "set num classes to 7"),
        (Use("video", "b.mp4"), "set video to b.mp4"),  # an argument has no flag
        (Use("loop"), "switch loop on"),
        (Use("frames", 8, also=Use("loop")), "set frames to 8 and switch loop on"),
    ],
)
def test_an_option_that_the_command_lacks_reads_as_a_sentence(hint, sentence):
    assert tried(hint, "see a.mp4") == sentence
    assert typed(hint, None, ["a.mp4"]) == sentence


@pytest.mark.parametrize("hint", ["--layer of a deeper stage", "give another layer", "", Try(("ls", "a"))])
def test_prose_and_whole_commands_stay_as_they_are(hint):
    assert tried(hint, "see a.mp4") == str(hint)


def test_an_option_of_several_values_is_replaced_with_all_of_them():
    option = click.Option(["--compare"], nargs=2)
    command = click.Command("filters", params=[option, click.Option(["--layer"])])
    arguments = ["filters", "--compare", "a", "b", "walk.mp4"]
    assert typed(Use("layer", "all"), command, arguments) == "dtfviz filters --compare a b walk.mp4 --layer all"
    assert typed(Use("compare", "c d"), command, arguments).startswith("dtfviz filters walk.mp4 --compare")
