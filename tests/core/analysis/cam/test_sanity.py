from copy import deepcopy

import numpy as np
import pytest
import torch
from frames import OneFrame, grey_clip
from torch import nn

import dtfviz
from dtfviz.core.analysis.cam import sanity as analysis
from dtfviz.core.analysis.cam.gradcam import explain
from dtfviz.core.analysis.cam.sanity import rank_correlation, shared_ranks
from dtfviz.core.errors import ModelError
from dtfviz.core.models.borrow.weights import shuffled


class Net(nn.Module):
    """Its head is defined before what feeds it, and it holds a bias of its own."""

    def __init__(self):
        super().__init__()
        self.shift = nn.Parameter(torch.tensor([0.1, -0.2, 0.3]).view(1, 3, 1, 1, 1))
        self.head = nn.Linear(8, 4)
        self.body = nn.Sequential(nn.Conv3d(3, 6, 3, padding=1), nn.BatchNorm3d(6), nn.ReLU(), nn.Conv3d(6, 8, 1))

    def forward(self, x):
        return self.head(self.body(x + self.shift).relu().mean(dim=(2, 3, 4)))


@pytest.fixture
def model():
    torch.manual_seed(0)
    return dtfviz.wrap(Net(), layers={"body.3": "BCTHW"}, frames=4, size=8).train()


@pytest.fixture
def clip():
    found = grey_clip(0, 51, 153, 255)
    found.frames[:] = np.random.default_rng(0).integers(0, 255, found.frames.shape)
    return found


def seen(model, clip):
    return explain(model, clip, None, None, "gradcam")


def test_ranks_of_equal_values_are_shared():
    assert shared_ranks(np.array([[3.0, 0], [0, 9]], np.float32)).tolist() == [3, 1.5, 1.5, 4]


def test_the_correlation_of_ranks_by_hand():
    """Without ties it is 1 - 6 sum d^2 / n (n^2 - 1); with ties that of the shared ranks, here 9 / sqrt(9 10)."""
    one, other = np.array([1.0, 2, 3, 4]), np.array([10.0, 30, 20, 99])
    assert rank_correlation(one, other) == pytest.approx(1 - 6 * 2 / (4 * 15))
    assert rank_correlation(one, np.array([0.0, 0, 7, 8])) == pytest.approx(4.5 / (4.5 * 5) ** 0.5)
    assert rank_correlation(one, np.exp(one)) == pytest.approx(1)
    assert rank_correlation(one, -(one**3)) == pytest.approx(-1)
    assert np.isnan(rank_correlation(one, np.zeros(4)))


def test_each_map_is_that_of_a_model_whose_weights_are_shuffled_so_far(model, clip):
    cam = seen(model, clip)
    found = dtfviz.sanity(model, cam, seed=3)
    other, generator, expected = deepcopy(model), torch.Generator().manual_seed(3), []
    for part in found.parts:
        for name, values in other.named_parameters():
            home = name.rpartition(".")[0]
            if home == part or (part and home.startswith(part + ".")):
                values.data = shuffled(values.data, generator)
        expected.append(rank_correlation(cam.map, explain(other, clip, cam.target.plus, None, "gradcam").map))
    assert found.correlations == pytest.approx(expected, nan_ok=True)
    assert found == dtfviz.sanity(model, cam, seed=3)
    assert min(found.correlations) < 0.9


def hooks_of(model):
    return [(*module._forward_hooks, *module._forward_pre_hooks) for module in model.modules()]


@pytest.mark.parametrize("is_broken", [False, True])
def test_the_model_is_left_exactly_as_it_was_found(model, clip, monkeypatch, is_broken):
    cam = seen(model, clip)
    tensors = model.state_dict(keep_vars=True)
    before = {name: (id(one), one.data_ptr(), one._version, one.clone()) for name, one in tensors.items()}
    modes, hooks = [module.training for module in model.modules()], hooks_of(model)
    if is_broken:

        def explain(*arguments, **wishes):
            raise ModelError("no")

        monkeypatch.setattr(analysis, "explain", explain)
        with pytest.raises(ModelError, match="no"):
            dtfviz.sanity(model, cam)
    else:
        dtfviz.sanity(model, cam)
    for name, one in model.state_dict(keep_vars=True).items():
        assert (id(one), one.data_ptr(), one._version) == before[name][:3]
        assert torch.equal(one, before[name][3])
    assert [module.training for module in model.modules()] == modes
    assert hooks_of(model) == hooks


def test_a_map_that_no_weight_shapes_does_not_change(clip):
    """All that OneFrame has is a number that scales its answer."""
    model = OneFrame(2)
    found = dtfviz.sanity(model, explain(model, clip, 1, None, "gradcam"))
    assert found.correlations == pytest.approx([1.0] * len(found.parts))
