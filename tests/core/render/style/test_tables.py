from io import StringIO

from evaluations import answering
from rich.console import Console

from dtfviz.core.media.motion import CLASSES
from dtfviz.core.render.evaluation.figure import evaluation_table
from dtfviz.core.render.models import layer_table
from dtfviz.core.render.style.tables import Column, make_table
from dtfviz.core.results.evaluation import Protocol
from dtfviz.core.results.layers import Layers, LayerShape

COLUMNS = [Column("layer", is_text=True), Column("MACs", "G"), Column("params", "M")]
ROWS = [["layer1", "1.50", "12.3"], ["total", "10.25", "100"]]


def printed(table, width):
    console = Console(width=width, file=StringIO())
    console.print(table)
    return console.file.getvalue().splitlines()


def test_numbers_stand_to_the_right_under_their_unit():
    lines = printed(make_table("cost", COLUMNS, ROWS, width=60, totals=1), 60)
    first, total = (next(line for line in lines if line.startswith(name)) for name in ("layer1", "total"))
    assert first.index("1.50") + 4 == total.index("10.25") + 5


def test_columns_drop_from_the_right_and_the_table_says_which():
    text = "\n".join(printed(make_table("cost", COLUMNS, ROWS, width=20, notes=["a note"]), 20))
    assert "12.3" not in text
    assert "10.25" in text
    assert "left out at 20" in text
    assert "params" in text
    assert "a note" in text


def test_nothing_wraps_at_eighty_columns():
    rows = tuple(
        LayerShape(f"layers.2.blocks.{n}", (1024, 16, 14, 14), f"layers.2.blocks.{n}.dtf_block") for n in range(18)
    )
    lines = printed(layer_table(Layers("dtf_swin_b", 64, 224, "dtf", "released", "layers.3", rows), 80), 80)
    assert len(lines) == 1 + 2 + 18 + 3
    assert max(len(line.rstrip()) for line in lines) <= 80


def test_an_evaluation_has_a_row_a_share_with_its_interval_and_says_what_it_is_of():
    found = answering(
        [1, 1, 1, 11], [2, 2, 1, 11], 14, classes=CLASSES, protocol=Protocol(10, order="reversed"), failed=(("a", "b"),)
    )
    lines = printed(evaluation_table(found, 80), 80)
    rows = {line[:28].strip(): line[28:].split() for line in lines if line[28:].split()[-1:] in (["3"], ["4"])}
    assert rows["top-1"] == ["50.0", "15.0", "to", "85.0", "4"]  # Wilson's of 2 in 4
    assert rows["mean class accuracy"] == [
        "66.7",
        "20.8",
        "to",
        "93.9",
        "3",
    ]  # of 2 classes, 1.5 each in the harmonic mean
    assert rows["class of the reversed motion"] == ["66.7", "20.8", "to", "93.9", "3"]
    notes = " ".join(lines)
    for words in ("trained; mean over 10 x 1 views, frames in reversed order", "without 1 of 5 that could not be read"):
        assert words in notes
    assert max(map(len, lines)) <= 80
    assert "no top-5 of 5 classes" in " ".join(printed(evaluation_table(answering([0], [0], 5), 80), 80))


def test_names_whose_order_is_not_known_are_said_to_be_so():
    found = answering([0], [0], 6, classes_note="order not verified for this file")
    assert "class names: order not verified for this file" in printed(evaluation_table(found, 80), 80)
