from dataclasses import replace

from terminal import printed

from dtfviz.core.render.cam.faithfulness.table import faithfulness_table
from dtfviz.core.results.faithfulness import CURVES, MapComparison


def test_the_table_has_a_row_a_method_and_fits_a_terminal(tested):
    text = printed(faithfulness_table(MapComparison("v.mp4", (tested,)), 80))
    assert "gradcam 0.45 0.45 0.45 0.45" in " ".join(text.split())  # (0 + .5) / 4 + (.5 + .8) / 4
    assert "random map 0.40 ± 0.07 0.40 ± 0.07" in " ".join(text.split())
    assert "less random +0.05 +0.05" in " ".join(text.split())  # 0.45 less 0.35 and less 0.45
    assert "interval +0.05, +0.15" in " ".join(text.split())  # elementwise
    assert "least and greatest over 2 random maps" in " ".join(text.split())
    several = printed(faithfulness_table(MapComparison("videos", (tested,) * 12), 80))
    assert "left out" not in several
    assert "net, UNTRAINED; layer3" in several


def test_where_blurring_leaves_the_class_the_table_says_that_nothing_is_tested(tested):
    """The random maps of `tested` rise while they are deleted, from 0 to 0.6."""
    assert "no test of the map: the blurred clip has the class already (0.60, the clip 0.00)" in " ".join(
        printed(faithfulness_table(MapComparison("v.mp4", (tested,)), 80)).split()
    )
    gone = tuple(tuple((0.9, 0.4, 0.1) for _ in CURVES) for _ in range(2))
    telling = replace(tested, controls=gone)
    assert "no test" not in printed(faithfulness_table(MapComparison("v.mp4", (telling,)), 80))
    both = MapComparison("videos", (telling, tested))
    assert "1 of 2 videos test no map" in printed(faithfulness_table(both, 80))
