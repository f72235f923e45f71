from io import StringIO

import numpy as np
import pytest
from found import filters_of, static_of
from frames import grey_clip
from rich.console import Console

from dtfviz.core.render.filters.table import filter_table
from dtfviz.core.results.filters import Position

ENERGIES = {"raw": 2e7, "kernel_ac": 1.5e7, "kernel_dc": 5e6, "effective_ac": 0.012, "effective_dc": 3.0}


def printed(found, title=""):
    console = Console(width=80, file=StringIO())
    console.print(filter_table(found, title, "raw", 80))
    return console.file.getvalue().splitlines()


@pytest.fixture
def clip():
    return grey_clip(*range(16))


def test_a_row_a_position_with_its_energies_in_eighty_columns(clip):
    """Row 3, column 5 of 8 x 8 cells is behind 22 others."""
    activity = {name: np.full((8, 8), value) for name, value in ENERGIES.items()}
    activity["raw"].ravel()[:22] += 1e7
    found = filters_of(
        clip,
        np.full((3, 9), 1 + 3j) * [1, *[0] * 8],
        16,
        positions=(Position(1120.4, 680.0, 3, 5, (0, 0, 1, 1)),),
        activity=activity,
        distinct=np.array([1, 2, 1]),
        filter_layout="released",
        spacing=0.1,
        remarks=("mind the gap",),
    )
    lines = printed(found, "left")
    assert lines[0].rstrip() == "left: layer3 of net, 16 steps, 0 to 5.00 Hz"
    (row,) = (line for line in lines if "1120,680" in line)
    assert row.split() == ["1120,680", "5,3", "23", "1.5e+07", "5e+06", "0.012", "3", "90.0", "1-2"]
    assert "mind the gap" in " ".join(lines)
    assert "left out" not in " ".join(lines)


def test_a_kernel_that_is_the_same_everywhere_has_one_row(clip):
    """The first gain is 1 in both channels, the last 1 in one of them."""
    gain = np.ones((2, 65))
    gain[1, -1] = 0
    lines = printed(static_of(clip, kind="shift", gain=gain, spacing=np.nan))
    assert lines[0].rstrip().endswith("no Hz")
    assert any(line.split() == ["shift", "2", "-1,", "0,", "1", "1.00", "0.500"] for line in lines)
