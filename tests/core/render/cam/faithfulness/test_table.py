from terminal import printed

from dtfviz.core.render.cam.faithfulness.table import faithfulness_table
from dtfviz.core.results.faithfulness import MapComparison


def test_the_table_has_a_row_a_method_and_fits_a_terminal(tested):
    text = printed(faithfulness_table(MapComparison("v.mp4", (tested,)), 80))
    assert "gradcam 0.45 0.45 0.45 0.45" in " ".join(text.split())  # (0 + .5) / 4 + (.5 + .8) / 4
    assert "random map 0.40 ± 0.07 0.40 ± 0.07" in " ".join(text.split())
    several = printed(faithfulness_table(MapComparison("videos", (tested,) * 12), 80))
    assert "left out" not in several
    assert "net, UNTRAINED; layer3" in several
