import numpy as np
import pytest
from found import span

from dtfviz.core.results.reach import LayerSpans, Reach, Theory


@pytest.fixture
def reach():
    """A cone that narrows away from frame 9 of 16, and nothing from the first four frames."""
    times, rows, cols = np.ogrid[:16, :32, :32]
    energy = np.exp(-((rows - 15) ** 2 + (cols - 15) ** 2) / 40 - np.abs(times - 9)) * (times > 3)
    energy /= energy.sum()
    spans = LayerSpans("layer3.5", span(16, -2, 4), span(32, -3, 8), span(32, -3, 8))
    profile = energy.sum(axis=(1, 2))
    return Reach(
        model="dtf_net_r50",
        trust="UNTRAINED",
        layer="layer3.5",
        position=(2, 4, 4),
        grid=(4, 8, 8),
        clips="noise",
        count=2,
        seed=0,
        spacing=np.nan,
        energy=energy.astype(np.float32),
        error=(energy / 10).astype(np.float32),
        profiles=np.stack([0.9 * profile, 1.1 * profile]),
        theory=Theory("dtf_net_r50", 16, 32, (spans,)),
        implementation="cpu",
        remarks=("temporal operators with alpha 1, batch norms calibrated on each clip",),
    )
