from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from videos import write_video

import dtfviz
from dtfviz.core.analysis.filters.operators import find_operator
from dtfviz.core.analysis.filters.static import gain, kernels_of, static_filters, weights_by_lag
from dtfviz.core.errors import ModelError
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.models.building import build_model
from dtfviz.core.models.dtf.temporal import DynamicConv, FixedConv, Shift


class Convolved(nn.Module):
    """Two frames a step, then a convolution over steps filled by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.AvgPool3d((2, 1, 1))
        self.conv = nn.Conv3d(3, 2, (3, 1, 1), padding=(1, 0, 0), bias=False)
        self.fc = nn.Linear(2, 4)

    def forward(self, x):
        return self.fc(self.conv(self.pool(x)).mean(dim=(2, 3, 4)))


def filled(weights, **options):
    """A convolution of one channel with these taps."""
    conv = nn.Conv3d(1, 1, (len(weights), 1, 1), bias=False, **options)
    conv.weight.data = torch.tensor(weights).view(1, 1, -1, 1, 1)
    return conv


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return read_clip(write_video(tmp_path_factory.mktemp("static") / "v.mp4", 20, size=(64, 64)), Sampling(16), 32)


FREQUENCIES = torch.linspace(0, 0.5, 9, dtype=torch.float64)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([1.0, 0.0, -1.0], 2 * torch.sin(2 * torch.pi * FREQUENCIES)),  # a derivative: nothing of what stays
        ([1.0, 1.0, 1.0], (1 + 2 * torch.cos(2 * torch.pi * FREQUENCIES)).abs()),
        ([0.0, 1.0, 0.0], torch.ones(9, dtype=torch.float64)),
        ([1.0, 0.0, 0.0], torch.ones(9, dtype=torch.float64)),  # a delay
    ],
)
def test_the_gain_of_three_taps_by_hand(weights, expected):
    found = gain(kernels_of(filled(weights, padding=(1, 0, 0)), 1), FREQUENCIES)[0]
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-15)
    if weights == [1.0, 0.0, -1.0]:
        assert found[0] == 0


@pytest.mark.parametrize(
    "options", [{"padding": (1, 0, 0)}, {"padding": "same"}, {"padding": (2, 0, 0), "dilation": (2, 1, 1)}, {}]
)
def test_lags_count_back_from_the_step_that_is_made(options):
    conv = filled([2.0, 3.0, 5.0], **options)
    lags, weights = weights_by_lag(conv)
    assert lags.tolist() == sorted(lags.tolist())
    impulse = torch.zeros(1, 1, 11, 1, 1)
    impulse[0, 0, 5] = 1
    answer = conv(impulse)[0, 0, :, 0, 0]
    assert {int(step) - 5: answer[step].item() for step in answer.nonzero()} == dict(
        zip(lags.tolist(), weights[0, 0].tolist(), strict=True)
    )


def test_inputs_are_channels_and_taps_in_space():
    conv = nn.Conv3d(4, 6, (3, 3, 3), padding=1, groups=2)
    _, weights = weights_by_lag(conv)
    assert weights.shape == (6, 2 * 9, 3)
    found = gain(kernels_of(conv, 4), FREQUENCIES)
    spectra = torch.fft.fft(conv.weight.detach().double(), n=16, dim=2)[:, :, :9]
    torch.testing.assert_close(found, spectra.abs().square().sum(dim=(1, 3, 4)).sqrt(), rtol=1e-12, atol=0)


def test_a_shift_passes_every_frequency_and_moves_an_eighth_each_way():
    found = kernels_of(Shift(), 16)
    assert found.weights[:, 0].argmax(dim=1).tolist() == [0] * 2 + [2] * 2 + [1] * 12
    assert found.lags.tolist() == [-1, 0, 1]  # the first eighth comes from the next step
    torch.testing.assert_close(gain(found, FREQUENCIES), torch.ones(16, 9, dtype=torch.float64), rtol=0, atol=1e-15)


def test_the_shell_of_dtf_1d_is_stated_apart():
    operator = FixedConv(8, alpha_init=0.5)
    operator.norm.running_var.fill_(4 - operator.norm.eps)
    torch.testing.assert_close(
        kernels_of(operator, 8).scale, torch.full((8,), 0.25, dtype=torch.float64), rtol=0, atol=1e-7
    )


def test_a_kernel_that_is_predicted_is_not_static():
    with pytest.raises(ModelError, match="predicts three taps anew"):
        kernels_of(DynamicConv(16, 4), 16)


def test_the_result_says_that_it_is_the_same_everywhere_and_at_which_times(clip):
    module = Convolved()
    with torch.no_grad():
        module.conv.weight.zero_()
        module.conv.weight[0, 1, :, 0, 0] = torch.tensor([1.0, 0.0, -1.0])
        module.conv.weight[0, 2, :, 0, 0] = torch.tensor([0.0, 0.5, 0.0])
    model = dtfviz.wrap(module, frames=16, size=32, name="by_hand", layers=["conv"])
    found = static_filters(model, clip, find_operator(model))
    assert (found.kind, found.block, found.steps) == ("3x1x1 convolution", "conv", 8)
    assert found.remarks == ("the same at every position and for every clip",)
    assert found.spacing == pytest.approx(2 / 25)
    assert found.frequencies_hz[-1] == pytest.approx(25 / 4)
    assert found.lags_s == pytest.approx([-0.08, 0, 0.08])
    assert found.kernels[0].tolist() == [-1, 0, 1]  # the strongest of the three channels
    assert found.kernel_energy[0].tolist() == [1, 0.25, 1]
    assert found.gain[0, 0] == 0.5
    assert not found.gain[1].any()
    assert found.scale.tolist() == [1, 1]
    halved = replace(found, scale=np.array([-0.5, 1]))
    assert halved.effective_kernels[0].tolist() == [0.5, 0, -0.5]
    assert halved.effective_gain[0, 0] == 0.25


@pytest.mark.parametrize("temporal", ["dtf_1d", "shift"])
def test_our_own_variants_are_read_and_left_as_they_were(temporal, clip):
    model = build_model(
        "dtf_net_r50", depths=(1, 1, 1, 1), widths=(8, 8, 8, 8), expansion=2, temporal=temporal, num_classes=3
    )
    model.train()
    found = static_filters(model, clip, find_operator(model, "layer2"))
    assert model.training
    assert (found.steps, found.kernels.shape, found.gain.shape) == (4, (8, 3), (8, 65))
    assert not any(part._forward_pre_hooks for part in model.modules())
    assert np.isfinite(found.gain).all()
