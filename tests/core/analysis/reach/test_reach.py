"""Effective receptive fields against Jacobians by hand."""

import numpy as np
import pytest
import torch
from torch import nn
from videos import write_video

import dtfviz
from dtfviz.core.analysis.reach.reach import receptive_field
from dtfviz.core.errors import ModelError, OptionError
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.models.building import build_model
from dtfviz.core.models.dtf.block import DTFBlock
from dtfviz.core.models.wrap import wrap


class Net(nn.Module):
    def __init__(self, *parts, channels):
        super().__init__()
        self.body, self.fc = nn.Sequential(*parts), nn.Linear(channels, 2)

    def forward(self, x):
        return self.fc(self.body(x).mean(dim=(2, 3, 4)))


def wrapped(*parts, channels=1, frames=8, size=8):
    return wrap(Net(*parts, channels=channels), frames=frames, size=size, layers={"body": "BCTHW"})


def test_a_convolution_gives_its_own_squared_weights():
    conv = nn.Conv3d(3, 1, 3, padding=1)
    found = receptive_field(wrapped(conv), samples=3)
    kernel = conv.weight[0].detach().square().sum(dim=0).numpy()
    expected = np.zeros((8, 8, 8))
    expected[3:6, 3:6, 3:6] = kernel / kernel.sum()
    assert found.position == (4, 4, 4)
    assert found.energy == pytest.approx(expected, abs=1e-7)  # float32 shares
    assert found.error.max() < 1e-7  # linear: no clip differs from another
    assert (found.reached, found.count, found.clips) == (3, 3, "noise")


def test_random_signs_sum_the_squares_of_all_features():
    conv = nn.Conv3d(3, 64, (3, 1, 1), padding=(1, 0, 0))
    found = receptive_field(wrapped(conv, channels=64), samples=64)
    exact = conv.weight.detach().square().sum(dim=(0, 1)).flatten().numpy()
    assert found.profile[3:6] == pytest.approx(exact / exact.sum(), abs=5 * found.profile_error[3:6].max())


def test_the_profile_of_a_frequency_filter_follows_its_kernel():
    """Of one channel without aggregation or prediction: out = x + kernel circularly applied to x."""
    block = DTFBlock(1, 8, factor_g=1, filter_layout="paper", aggregates=False, predicts=False, alpha_init=1.0)
    with torch.no_grad():
        block.fixed_filter.copy_(torch.randn(block.fixed_filter.shape))
        block.linear1.complex_weight.copy_(torch.tensor([[[1.0, 0.0]]]))
    stem = nn.Conv3d(3, 1, 1)
    found = receptive_field(wrapped(stem, block), samples=2)
    kernel = block.effective_kernel(torch.view_as_complex(block.fixed_filter.detach()))[0, 0].detach().numpy()
    kernel[0] += 1  # the block adds to its input
    lags = (4 - np.arange(8)) % 8
    expected = kernel[lags] ** 2
    assert found.profile == pytest.approx(expected / expected.sum(), rel=1e-5)
    assert found.map[4, 4] == pytest.approx(1, abs=1e-6)


def test_area_and_duration_are_the_fewest_that_hold_a_share():
    conv = nn.Conv3d(3, 1, (3, 1, 3), padding=(1, 0, 1))
    with torch.no_grad():
        conv.weight.copy_(torch.tensor([1.0, 3.0, 1.0])[:, None, None].sqrt() * torch.tensor([19.0, 1.0, 0.0]).sqrt())
    found = receptive_field(wrapped(conv), samples=1)
    assert found.durations == {0.2: 1, 0.5: 1, 0.9: 3, 0.99: 3}
    assert found.areas == {0.2: 1, 0.5: 1, 0.9: 1, 0.99: 2}
    assert np.isnan(found.error).all()  # of a single clip nothing is known


def test_one_dtf_block_spans_the_clip_and_a_convolution_three_steps():
    reached = {}
    for kind in ("dtf", "dtf_1d", "shift", "none"):
        model = build_model("dtf_net_motion", frames=8, size=16, temporal=kind, temporal_blocks=("layer2",))
        reached[kind] = receptive_field(model, layer="layer2", samples=2).reached
    assert reached == {"dtf": 8, "dtf_1d": 3, "shift": 3, "none": 1}


def test_any_position_and_seed_can_be_asked_for():
    model = wrapped(nn.Conv3d(3, 2, 3, stride=2, padding=1), nn.ReLU(), channels=2)
    first = receptive_field(model, step=0, cell=(3, 1), samples=2, seed=5)
    assert (first.position, first.grid) == ((0, 1, 3), (4, 4, 4))
    assert np.flatnonzero(first.profile).tolist() == [0, 1]
    rows, cols = np.nonzero(first.map)
    assert (rows.min(), rows.max(), cols.min(), cols.max()) == (1, 3, 5, 7)
    assert np.array_equal(first.energy, receptive_field(model, step=0, cell=(3, 1), samples=2, seed=5).energy)


@pytest.mark.parametrize(
    ("wish", "hint"),
    [({"step": 4}, "step=2"), ({"cell": (0, 4)}, r"cell=\(2, 2\)"), ({"layer": "bdy"}, "did you mean body")],
)
def test_a_place_that_is_not_there_is_refused_with_one_that_is(wish, hint):
    with pytest.raises(OptionError, match=hint):
        receptive_field(wrapped(nn.Conv3d(3, 1, 3, stride=2, padding=1)), samples=1, **wish)


def test_clips_of_a_video_have_seconds(tmp_path):
    clip = dtfviz.read_clip(write_video(tmp_path / "walk.mp4", 40, fps=25), Sampling(8, stride=2), 8)
    done = []
    found = dtfviz.receptive_field(wrapped(nn.Conv3d(3, 1, 3, padding=1)), [clip, clip], on_clip=done.append)
    assert (found.clips, found.count, done) == ("walk.mp4", 2, [1, 2])
    assert found.spacing == pytest.approx(0.08)


def test_where_no_gradient_comes_from_that_is_said():
    class Dead(nn.Module):
        def forward(self, x):
            return x[:, :1] * 0

    with pytest.raises(ModelError, match="no gradient of body reaches the clip"):
        receptive_field(wrapped(Dead()), samples=2)


def test_the_model_is_left_as_it_was():
    model = build_model("dtf_net_motion", frames=4, size=16, temporal="none")
    model.fc.weight.requires_grad_(False)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    receptive_field(model.train(), samples=1)
    assert model.training
    assert [name for name, parameter in model.named_parameters() if not parameter.requires_grad] == ["fc.weight"]
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())
