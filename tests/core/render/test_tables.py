from io import StringIO

from rich.console import Console

from dtfviz.core.render.tables import Column, layer_table, make_table
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
    rows = tuple(LayerShape(f"layers.2.blocks.{n}", (1024, 16, 14, 14), f"layers.2.blocks.{n}.dtf_block") for n in range(18))
    lines = printed(layer_table(Layers("dtf_swin_b", 64, 224, "dtf", "released", "layers.3", rows), 80), 80)
    assert len(lines) == 1 + 2 + 18 + 2
    assert max(len(line.rstrip()) for line in lines) <= 80
