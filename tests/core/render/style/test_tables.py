from terminal import printed

from dtfviz.core.render.style.tables import Column, make_table

COLUMNS = [Column("layer", is_text=True), Column("MACs", "G"), Column("params", "M")]
ROWS = [["layer1", "1.50", "12.3"], ["total", "10.25", "100"]]


def test_numbers_stand_to_the_right_under_their_unit():
    lines = printed(make_table("cost", COLUMNS, ROWS, width=60, totals=1), 60).splitlines()
    first, total = (next(line for line in lines if line.startswith(name)) for name in ("layer1", "total"))
    assert first.index("1.50") + 4 == total.index("10.25") + 5


def test_columns_drop_from_the_right_and_the_table_says_which():
    text = printed(make_table("cost", COLUMNS, ROWS, width=20, notes=["a note"]), 20)
    assert "12.3" not in text
    assert "10.25" in text
    assert "left out at 20" in text
    assert "params" in text
    assert "a note" in text


def test_no_text_is_markup_and_none_makes_a_line():
    text = printed(
        make_table("[red]a", [Column("b[/]", is_text=True)], [["[/]\x1b[2J\n:smile:"]], width=60, notes=["c\n[d]"])
    )
    assert [line.strip() for line in text.splitlines() if "─" not in line] == [
        "[red]a", "b[/]", r"[/]\x1b[2J\n:smile:", r"c\n[d]",
    ]  # fmt: skip
