import pytest
from found import METHODS

from dtfviz.core.results.faithfulness import CURVES, Faithfulness


@pytest.fixture
def tested():
    curves = {method: tuple((0.1 * n, 0.5, 0.8) for _ in CURVES) for n, method in enumerate(METHODS)}
    controls = tuple(tuple((level, 0.4, 0.6) for _ in CURVES) for level in (0.0, 0.4))
    label = "swinging a golf club over the shoulder"
    return Faithfulness("net", "UNTRAINED", "", "v.mp4", label, "layer3", 0, (0.0, 0.5, 1.0), curves, controls)
