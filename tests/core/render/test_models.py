from terminal import printed

from dtfviz.core.render.models import layer_table
from dtfviz.core.results.layers import Layers, LayerShape


def test_nothing_wraps_at_eighty_columns():
    rows = tuple(
        LayerShape(f"layers.2.blocks.{n}", (1024, 16, 14, 14), f"layers.2.blocks.{n}.dtf_block") for n in range(18)
    )
    table = layer_table(Layers("dtf_swin_b", 64, 224, "dtf", "released", "layers.3", rows), 80)
    lines = printed(table, 80).splitlines()
    assert len(lines) == 1 + 2 + 18 + 3
    assert max(len(line.rstrip()) for line in lines) <= 80
