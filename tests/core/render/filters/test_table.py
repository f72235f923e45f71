from io import StringIO

from rich.console import Console

from dtfviz.core.render.filters.table import filter_table

ENERGIES = {"raw": 2e7, "raw_ac": 1.5e7, "raw_dc": 5e6, "effective_ac": 0.012, "effective_dc": 3.0, "ac_fraction": 0.75}
COMMON = {
    "title": "",
    "layer": "layer3",
    "model": "net",
    "steps": 16,
    "frequencies_hz": [0, 5.0],
    "remarks": ["mind the gap"],
}
PLACE = {"pixel": [1120.4, 680.0], "cell": [5, 3], "activity": ENERGIES, "rank": {"raw": 23}}


def printed(facts):
    console = Console(width=80, file=StringIO())
    console.print(filter_table(COMMON | facts, "raw", 80))
    return console.file.getvalue().splitlines()


def test_a_row_a_position_with_its_energies_in_eighty_columns():
    lines = printed(
        {"positions": [PLACE], "grid": [8, 8], "distinct": [1, 2], "filter_layout": "released", "title": "left"}
    )
    assert lines[0].rstrip() == "left: layer3 of net, 16 steps, 0 to 5.00 Hz"
    (row,) = (line for line in lines if "1120,680" in line)
    assert row.split() == ["1120,680", "5,3", "23", "1.5e+07", "5e+06", "0.012", "3", "75.0", "1-2"]
    assert "mind the gap" in " ".join(lines)
    assert "left out" not in " ".join(lines)


def test_a_kernel_that_is_the_same_everywhere_has_one_row():
    lines = printed({"kind": "shift", "channels": 8, "lags": [-1, 0, 1], "gain": [1.0, 0.5], "frequencies_hz": None})
    assert lines[0].rstrip().endswith("no Hz")
    assert any(line.split() == ["shift", "8", "-1,", "0,", "1", "1.00", "0.500"] for line in lines)
