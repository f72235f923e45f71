"""Random weights: finite whatever they see, and profiles that do not depend on what makes them so."""

import numpy as np
import pytest
import torch
from torch import nn

from dtfviz.core.analysis.reach.reach import energy_of, receptive_field
from dtfviz.core.analysis.reach.theory import theory
from dtfviz.core.models.borrow.calibrate import calibrating
from dtfviz.core.models.building import build_model
from dtfviz.core.models.card import card_of
from dtfviz.core.models.dtf.temporal import wake


def woken(name, **arguments):
    torch.manual_seed(0)
    model = build_model(name, **arguments)
    wake(model, 1.0)
    return model


def noise(model, count):
    card, generator = card_of(model), torch.Generator().manual_seed(0)
    return [torch.randn(1, 3, card.frames, card.size, card.size, generator=generator) for _ in range(count)]


def energies(model, clips):
    card, signs = card_of(model), torch.Generator().manual_seed(0)
    layer = card.layer(card.default_layer)
    return [energy_of(model, layer, clip, None, None, signs)[2] for clip in clips]


@pytest.mark.parametrize(
    ("name", "frames", "size", "clips"),
    [
        ("dtf_net_r50", 16, 64, 4),  # of these clips two overflow where statistics are those of other clips
        ("dtf_net_r50", 16, 160, 1),
        ("dtf_net_r50", 64, 32, 1),
        ("dtf_net_r101", 16, 64, 2),
        ("dtf_net_motion", 16, 64, 2),
        ("dtf_swin_s", 4, 224, 1),
    ],
)
def test_gradients_of_random_weights_are_finite(name, frames, size, clips):
    model = woken(name, frames=frames, size=size)
    given = noise(model, clips)
    extremes = [1e4 * given[0], torch.zeros_like(given[0]), (torch.arange(frames) % 2)[:, None, None] + 0 * given[0]]
    with calibrating(model):
        found = energies(model, given + extremes[: clips > 1 and 3])
    assert all(energy.sum() > 0 for energy in found[:clips])


def test_a_norm_only_scales_the_gradient_so_a_single_channel_keeps_its_shares():
    body = (
        nn.Sequential(nn.Conv3d(3, 1, 3, padding=1), nn.BatchNorm3d(1), nn.Conv3d(1, 1, 3, padding=1)).double().eval()
    )
    x = torch.randn(1, 3, 4, 6, 6, dtype=torch.float64, requires_grad=True)

    def shares():
        (gradient,) = torch.autograd.grad(body(x)[0, 0, 2, 3, 3], x)
        return gradient.square() / gradient.square().sum()

    plain = shares()
    with calibrating(body):
        torch.testing.assert_close(shares(), plain, rtol=1e-10, atol=0)


def test_profiles_are_those_of_norms_that_were_calibrated_beforehand():
    """Of a model that is small enough to stay finite with the statistics of other clips."""
    model = woken("dtf_net_motion", frames=16, size=32)
    known = theory(model)
    found = receptive_field(model, samples=24, known=known)
    with torch.no_grad():
        norms = [part for part in model.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
        for norm in norms:
            norm.train().momentum = 1.0
        model(torch.cat(noise(model, 16)))
        model.eval()
    beforehand = [energy / energy.sum() for energy in energies(model, noise(model, 24))]
    profiles = torch.stack(beforehand).sum(dim=(2, 3)).numpy()
    error = np.hypot(found.profile_error, profiles.std(axis=0, ddof=1) / np.sqrt(len(profiles)))
    assert np.abs(found.profile - profiles.mean(axis=0)).max() < 4 * error.max()


def test_float32_is_enough():
    model = woken("dtf_net_r50", frames=8, size=64)
    clip = noise(model, 1)[0]
    with calibrating(model):
        single = energies(model, [clip.clone()])[0]
        double = energies(model.double(), [clip.double()])[0]
    single, double = single.sum(dim=(1, 2)) / single.sum(), double.sum(dim=(1, 2)) / double.sum()
    torch.testing.assert_close(single, double, rtol=0, atol=1e-3)


def test_the_figure_is_told():
    found = receptive_field(woken("dtf_net_motion", frames=4, size=16), samples=1)
    assert found.remarks == ("random weights: batch norms calibrated on each clip",)
