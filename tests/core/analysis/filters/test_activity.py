import pytest
import torch
from blocks import random_block
from released import assert_close
from torch import nn

from dtfviz.core.analysis.filters.activity import MEASURES, changed, displacement, look_at, observe
from dtfviz.core.choices import PAPER, RELEASED
from dtfviz.core.errors import ModelError
from dtfviz.core.models.building import build_model
from dtfviz.core.models.dtf.block import DTFBlock


@pytest.fixture
def net():
    return build_model(
        "dtf_net_r50",
        depths=(1, 1, 1, 1),
        widths=(16, 16, 16, 16),
        expansion=2,
        filter_layout=PAPER,
        alpha_init=0.5,
        num_classes=5,
    ).double()


def seen_at(draw, steps, layout, **parts):
    block = random_block(draw, 16, steps, layout, **parts)
    return look_at(block, draw(3, 8, 12, 16), draw(1, 16, steps, 3, 4))


# --- what was seen ----------------------------------------------------------------------------------------------------
def test_a_block_is_seen_as_it_runs_in_the_model(net):
    pixels = torch.randn(1, 3, 16, 64, 64, dtype=torch.float64)
    fed, given = [], []
    block = net.get_submodule("layer3.0.dtf_blk")

    def note(part, inputs, output):
        fed.append(inputs[0])
        given.append(output)

    with block.register_forward_hook(note), torch.no_grad():
        net(pixels)
    net.train()
    seen = observe(net, pixels, ["layer1.0.dtf_blk", "layer3.0.dtf_blk"])["layer3.0.dtf_blk"]
    assert net.training
    assert torch.equal(seen.x, fed[0])
    assert seen.filter.shape == (16, 3, 4, 4)
    with torch.no_grad():
        assert torch.equal(seen.x + block.eval().respond(seen.enhanced.feature, seen.filter[None]), given[0])
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in net.modules())
    assert not seen.filter.requires_grad


def test_what_does_not_run_or_predict_is_refused(net):
    net.idle = DTFBlock(16, 4)
    with pytest.raises(ModelError, match="idle does not run"):
        observe(net, torch.zeros(1, 3, 16, 32, 32, dtype=torch.float64), ["idle"])
    with pytest.raises(ModelError, match="a Identity predicts no"):
        look_at(nn.Identity(), torch.zeros(3, 1, 1, 1), torch.zeros(1, 1, 1, 1, 1))


# --- the measures -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("steps", [1, 4, 5])
def test_every_measure_gives_one_finite_number_a_position(draw, name, steps):
    values = MEASURES[name](seen_at(draw, steps, PAPER))
    assert values.shape == (3, 4)
    assert bool(torch.isfinite(values).all())
    assert bool((values >= 0).all())


@pytest.mark.parametrize("kind", ["kernel", "raw", "effective"])
def test_energy_is_its_dc_and_its_ac(draw, kind):
    seen = seen_at(draw, 8, PAPER)
    assert_close(MEASURES[f"{kind}_dc"](seen) + MEASURES[f"{kind}_ac"](seen), MEASURES[kind](seen))


def test_raw_energy_by_hand(draw):
    seen = seen_at(draw, 4, PAPER)
    seen.filter.zero_()
    seen.filter[2, 0, 1, 3] = 3 + 4j
    seen.filter[5, 2, 1, 3] = 2j
    expected = {"raw": 29, "raw_dc": 25, "raw_ac": 4, "ac_fraction": 4 / 29}
    expected |= {"kernel": 9, "kernel_dc": 9, "kernel_ac": 0, "kernel_ac_fraction": 0}  # 3 + 4j at bin 0, 2j at T / 2
    assert {name: MEASURES[name](seen)[1, 3].item() for name in expected} == pytest.approx(expected, rel=1e-15)
    assert not any(MEASURES[name](seen)[0].any() for name in expected)


@pytest.mark.parametrize("layout", [RELEASED, PAPER])
@pytest.mark.parametrize("steps", [1, 2, 4, 5, 16])
def test_kernel_energy_is_that_of_the_temporal_kernels(draw, layout, steps):
    """Parseval for an inverse transform with the factor 1 / T: sum |F|^2 over all T bins = T sum k^2."""
    seen = seen_at(draw, steps, layout)
    kernel = torch.fft.irfft(seen.filter, n=steps, dim=1)
    constant = kernel.mean(dim=1, keepdim=True)
    expected = {"kernel": kernel, "kernel_dc": constant.expand_as(kernel), "kernel_ac": kernel - constant}
    for name, part in expected.items():
        scale = steps * kernel.square().sum(dim=(0, 1))  # of one step there is no AC: rounding is all
        energy = steps * part.square().sum(dim=(0, 1))
        assert bool(((MEASURES[name](seen) - energy).abs() < 1e-12 * scale).all())


@pytest.mark.parametrize("layout", [RELEASED, PAPER])
@pytest.mark.parametrize("steps", [1, 2, 4, 5, 16])
def test_effective_energy_is_that_of_all_effective_kernels(draw, layout, steps):
    seen = seen_at(draw, steps, layout)
    for row, col in ((0, 0), (2, 3)):
        kernel = seen.block.effective_kernel(seen.filter[:, :, row, col]).detach()
        constant = kernel.mean(dim=-1, keepdim=True)
        expected = {"effective": kernel, "effective_dc": constant.expand_as(kernel), "effective_ac": kernel - constant}
        for name, part in expected.items():
            scale = float(kernel.square().sum())  # of one step there is no AC: rounding is all
            assert abs(float(MEASURES[name](seen)[row, col] - part.square().sum())) < 1e-12 * scale


@pytest.mark.parametrize("layout", [RELEASED, PAPER])
@pytest.mark.parametrize("parts", [{}, {"aggregates": False}, {"correlates": False}])
def test_what_stands_still_has_a_filter_but_none_by_change(draw, layout, parts):
    block = random_block(draw, 16, 8, layout, **parts)
    x = draw(1, 16, 1, 3, 6).repeat(1, 1, 8, 1, 1)
    x[:, :, :, 1, 5] = draw(16, 8)
    seen = look_at(block, draw(3, 8, 12, 24), x)
    raw, *changes = (MEASURES[name](seen) for name in ("raw", "kernel_change", "raw_change", "effective_change"))
    assert float(raw[:, :4].min()) > 1
    for change in changes:  # beyond the window of the one cell that moves
        assert float(change[:, :4].max()) < 1e-24 * float(raw.max())
        assert float(change[1, 5]) > 0
    assert_close(
        seen.filter - changed(seen).filter,
        look_at(block, seen.pixels, x.mean(dim=2, keepdim=True).repeat(1, 1, 8, 1, 1)).filter,
    )


def test_a_filter_that_is_learnt_once_does_not_change(draw):
    assert not MEASURES["raw_change"](seen_at(draw, 4, PAPER, aggregates=False, predicts=False)).any()


def test_baselines_by_hand(draw):
    seen = seen_at(draw, 4, PAPER)
    seen.x.zero_()
    seen.x[0, 3, :, 1, 2] = torch.tensor([1.0, -1, 1, -1])
    assert MEASURES["feature_variance"](seen).flatten().nonzero().tolist() == [[6]]
    assert float(MEASURES["feature_variance"](seen)[1, 2]) == 1 / 16  # one of 16 channels
    seen.pixels.zero_()
    seen.pixels[:, ::2, 4:8, 8:12] = 2.0  # the pixels of one cell of 4 x 4
    assert MEASURES["pixel_variance"](seen).flatten().nonzero().tolist() == [[6]]
    assert float(MEASURES["pixel_variance"](seen)[1, 2]) == 1


def test_a_filter_that_is_learnt_once_is_as_active_everywhere(draw):
    seen = seen_at(draw, 4, PAPER, aggregates=False, predicts=False)
    assert seen.filter.shape == (16, 3, 3, 4)
    values = MEASURES["raw"](seen)
    assert torch.equal(values, values[:1, :1].expand(3, 4))


# --- motion -----------------------------------------------------------------------------------------------------------
def moving(steps, x, y):
    """A feature of 64 channels, bright and different at every place, that moves by a cell a step over an endless
    ground.
    """
    ground = torch.randn(1, 64, 1, 9, 9, dtype=torch.float64).sign() * 8
    return torch.cat([ground.roll((y * step, x * step), dims=(3, 4)) for step in range(steps)], dim=2)


@pytest.mark.parametrize(("x", "y"), [(1, 0), (-1, 0), (0, 1), (0, -1), (1, -1), (0, 0)])
def test_displacement_points_to_where_content_goes_right_and_down_positive(x, y):
    block = DTFBlock(64, 4).double().eval()
    found = displacement(look_at(block, torch.zeros(3, 4, 9, 9), moving(4, x, y)))
    assert found.shape == (3, 9, 9, 2)
    inside = found[:, 1:-1, 1:-1]  # at the border content leaves the frame
    assert_target = torch.tensor([x, y], dtype=torch.float64).expand_as(inside)
    torch.testing.assert_close(inside, assert_target, rtol=0, atol=1e-3)


def test_where_frames_look_alike_everywhere_there_is_no_displacement():
    block = DTFBlock(16, 3).double().eval()
    found = displacement(look_at(block, torch.zeros(3, 3, 5, 5), torch.ones(1, 16, 3, 5, 5, dtype=torch.float64)))
    assert float(found[:, 1:-1, 1:-1].abs().max()) < 1e-15


@pytest.mark.parametrize(
    ("parts", "is_known"), [({"aggregates": False}, True), ({"correlates": False}, True), ({}, True)]
)
def test_displacement_needs_only_that_frames_are_compared(draw, parts, is_known):
    assert (displacement(seen_at(draw, 4, PAPER, **parts)) is not None) == is_known
    assert displacement(seen_at(draw, 4, PAPER, aggregates=False, correlates=False)) is None
    assert displacement(seen_at(draw, 1, PAPER)).shape == (0, 3, 4, 2)
