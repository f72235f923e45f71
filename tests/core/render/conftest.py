import pytest
import torch

from dtfviz.core.analysis.cost.cost import cost
from dtfviz.core.models.building import build_model


@pytest.fixture(scope="module")
def costs():
    with torch.device("meta"):
        return [cost(build_model(name)) for name in ("dtf_net_r50", "c2d_r50")]
