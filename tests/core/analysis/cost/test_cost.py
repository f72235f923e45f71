import copy
from math import log2

import pytest
import torch
from torch import nn
from torchvision.models.video import r3d_18

import dtfviz
from dtfviz.core.analysis.cost.cost import KINDS, cost
from dtfviz.core.errors import OptionError
from dtfviz.core.models.building import build_model
from dtfviz.core.models.dtf.block import DTFBlock


def macs_of(module, *clip):
    return {row.name: row.once for row in cost(module, clip).by_operator}


# --- by hand ----------------------------------------------------------------------------------------------------------
def test_a_convolution_is_kernel_times_channels_for_every_output():
    assert macs_of(nn.Conv3d(3, 8, (3, 5, 5), stride=(1, 2, 2), padding=(1, 2, 2)), 2, 3, 4, 8, 8) == {
        "convolution": 2 * 8 * 4 * 4 * 4 * (3 * 3 * 5 * 5)
    }
    assert macs_of(nn.Conv2d(6, 6, 3, groups=3, padding=1, bias=False), 1, 6, 5, 7) == {
        "convolution": 6 * 5 * 7 * (2 * 9)
    }


def test_a_linear_layer_is_inputs_times_outputs():
    assert macs_of(nn.Linear(10, 7), 4, 10) == {"linear": 4 * 10 * 7}
    assert macs_of(nn.Linear(10, 7, bias=False), 2, 3, 10) == {"linear": 6 * 10 * 7}


class Attention(nn.Module):
    """Two heads of four channels, on tokens [B, L, 8]."""

    def forward(self, x):
        q = x.unflatten(-1, (2, 4)).transpose(1, 2)
        return nn.functional.scaled_dot_product_attention(q, q, q)


def test_attention_is_scores_and_values_and_its_softmax():
    batch, length = 3, 5
    scores = batch * 2 * length * length
    assert macs_of(Attention(), batch, length, 8) == {"attention": 2 * scores * 4, "softmax": round(2.5 * scores)}


@pytest.mark.parametrize("shape", [(2, 2, 5, 4), (2, 2, 16, 4)])
def test_fused_attention_counts_the_same_on_its_own_operator(shape):
    from dtfviz.core.analysis.cost.cost import COUNTED

    q = torch.empty(shape, device="meta")
    for operator in ("_scaled_dot_product_flash_attention_for_cpu", "_scaled_dot_product_efficient_attention"):
        work = COUNTED[getattr(torch.ops.aten, operator)](None, (q, q, q), None)
        scores = shape[0] * shape[1] * shape[2] ** 2
        assert work == {"attention": 2 * scores * shape[3], "softmax": round(2.5 * scores)}


class Transform(nn.Module):
    def forward(self, x):
        return torch.fft.irfft(torch.fft.rfft(x, dim=1), n=x.shape[1], dim=1)


@pytest.mark.parametrize("steps", [1, 4, 16])
def test_a_pair_of_real_ffts_is_two_and_a_half_n_log_n(steps):
    assert macs_of(Transform(), 3, steps, 7).get("fft", 0) == 3 * 7 * 2.5 * steps * log2(steps)


def test_a_whole_block_is_the_sum_of_its_parts():
    batch, dim, steps, height, width = 2, 32, 8, 5, 6
    bins, places = steps // 2 + 1, batch * height * width
    found = cost(DTFBlock(dim, steps), (batch, dim, steps, height, width))
    half = 9 * dim * steps * places
    assert {row.name: row.once for row in found.by_operator} == {
        "convolution": (dim + 9) * steps * (dim * bins * 2 // 16) * places,
        "complex mixing": dim * dim * bins * places,
        "filter product": dim * bins * places,
        "fft": round(2.5 * steps * log2(steps)) * dim * places,
        "correlation": half,
        "aggregation": half,
        "softmax": round(2.5 * 9 * steps * places),
    }
    by_name = {row.name: row for row in found.by_operator}
    assert all(
        row.real == row.once * (4 if row.name in ("complex mixing", "filter product") else 1)
        for row in found.by_operator
    )
    assert found.whole.paper == by_name["convolution"].once + by_name["complex mixing"].once
    assert found.whole.real == sum(row.real for row in found.by_operator)
    assert found.whole.flops == 2 * found.whole.real
    assert (found.params.frozen, found.params.dead) == (dim * steps * 9, 0)


def test_activations_are_what_operators_write_and_views_weigh_nothing():
    net = nn.Sequential(nn.Conv2d(3, 8, 1), nn.Flatten(2), nn.ReLU())
    found = cost(net, (1, 3, 4, 5))
    assert found.whole.activations == 2 * 8 * 20 * 4  # convolution and ReLU, float32
    assert {row.name: row.activations for row in found.by_module} == {"": 1280, "0": 640, "2": 640}


def test_what_is_not_counted_is_listed_with_its_elements():
    found = cost(nn.Sequential(nn.Conv2d(3, 8, 1), nn.BatchNorm2d(8), nn.GELU(), nn.GELU()), (1, 3, 4, 5))
    assert [(row.name, row.calls, row.elements) for row in found.uncounted] == [
        ("gelu", 2, 320),
        ("native_batch_norm", 1, 160),
    ]


@pytest.fixture(scope="module")
def extension():
    """An operator that torch does not know: y = x for shapes."""
    library = torch.library.Library("dtfviz_test", "DEF")
    library.define("own(Tensor x) -> Tensor")
    library.impl("own", torch.clone, "CompositeExplicitAutograd")
    torch.library.register_fake("dtfviz_test::own", torch.empty_like, lib=library)
    yield torch.ops.dtfviz_test.own
    library._destroy()


class Extended(nn.Module):
    def forward(self, x):
        return torch.ops.dtfviz_test.own(x)


def cubed(shape, out_shape=None):
    return 2 * shape[0] ** 3


def test_an_operator_that_is_registered_with_torch_is_counted_as_torch_counts_it(extension):
    from torch.utils.flop_counter import FlopCounterMode, flop_registry, register_flop_formula

    assert [row.name for row in cost(Extended(), (5, 2)).uncounted] == ["own"]
    register_flop_formula(extension)(cubed)
    try:
        found = cost(Extended(), (5, 2))
        with FlopCounterMode(display=False) as counted:
            Extended()(torch.zeros(5, 2))
    finally:
        del flop_registry[extension]
    assert found.whole.flops == counted.get_total_flops() == 2 * 125
    assert [(row.name, row.once) for row in found.by_operator] == [("registered", 125)]
    assert found.uncounted == ()


def test_formulas_can_be_given_for_one_count(extension):
    assert dtfviz.cost(Extended(), (5, 2), formulas={extension: cubed}).whole.real == 125
    assert dtfviz.cost(Extended(), (5, 2)).whole.real == 0


def test_torchs_own_counter_agrees_on_convolutions_and_linear_layers():
    from torch.utils.flop_counter import FlopCounterMode

    model = r3d_18().eval()
    with FlopCounterMode(display=False) as counted, torch.no_grad():
        model(torch.zeros(1, 3, 8, 32, 32))
    assert cost(model, (1, 3, 8, 32, 32)).whole.flops == counted.get_total_flops()


class Idle(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used, self.unused = nn.Linear(3, 4), nn.Linear(5, 6)

    def forward(self, x):
        return self.used(x)


def test_parameters_that_no_forward_pass_reads_are_dead_in_anyones_model():
    params = cost(Idle(), (2, 3)).params
    assert (params.total, params.trainable, params.dead) == (16 + 36, 16, 36)


# --- the counts of the released models --------------------------------------------------------------------------------
# GMACs: convolutions, linear layers and attention; x1: complex mixing once; all: with FFT, filter product, correlation
# and
# aggregation; x4: x1 with complex mixing as four
COUNTS = [
    ("c2d_r50", 16, {}, 23.20, 23.20, 23.20, 23.20),
    ("dtf_net_r50", 16, {"temporal": "dtf_1d", "temporal_blocks": ("layer4",)}, 23.81, 23.81, 23.81, 23.81),
    ("dtf_net_r50", 16, {"temporal_blocks": ("layer4",)}, 23.28, 23.43, 23.44, 23.88),
    ("dtf_net_r50", 16, {"temporal_blocks": ("layer3", "layer4")}, 23.44, 23.89, 23.94, 25.25),
    ("dtf_net_r50", 16, {"temporal_blocks": ("layer2", "layer3", "layer4")}, 23.54, 24.20, 24.30, 26.16),
    ("dtf_net_r50", 16, {}, 23.63, 24.44, 24.61, 26.85),
    ("dtf_net_r50", 32, {}, 47.83, 49.17, 49.55, 53.20),
    ("dtf_net_r50", 64, {}, 97.94, 100.35, 101.18, 107.60),
    ("dtf_net_r101", 16, {}, 33.28, 34.55, 34.76, 38.37),
    ("dtf_net_r101", 32, {}, 67.45, 69.57, 70.03, 75.93),
    ("dtf_net_r101", 64, {}, 138.45, 142.26, 143.28, 153.71),
    ("dtf_swin_b", 64, {}, 260.09, 266.10, 266.84, 284.14),
]
ONCE = [("dtf_swin_s", 16, 36.84), ("dtf_swin_s", 32, 74.08), ("dtf_swin_s", 64, 150.88), ("dtf_swin_l", 16, 145.04)]
ONCE += [("dtf_swin_l", 32, 291.63), ("dtf_swin_l", 64, 593.95), ("c2d_r101", 16, 32.61)]
# millions for 400 classes: total, frozen, dead
PARAMS = [
    ("c2d_r50", 16, 24.356, 0, 0),
    ("c2d_r101", 16, 43.348, 0, 0),
    ("dtf_net_r50", 16, 28.951, 0.136, 0),
    ("dtf_net_r50", 32, 33.608, 0.272, 0),
    ("dtf_net_r50", 64, 50.668, 0.544, 0),
    ("dtf_net_r101", 16, 52.067, None, 0),
    ("dtf_net_r101", 32, 60.916, None, 0),
    ("dtf_net_r101", 64, 93.283, None, 0),
    ("dtf_swin_s", 16, 75.142, None, 16.78),
    ("dtf_swin_s", 32, 89.493, None, 21.84),
    ("dtf_swin_s", 64, 142.236, None, 40.39),
    ("dtf_swin_b", 16, 133.158, None, 29.74),
    ("dtf_swin_b", 32, 158.399, None, 38.62),
    ("dtf_swin_b", 64, 251.408, None, 71.30),
    ("dtf_swin_l", 16, 298.643, None, 66.72),
    ("dtf_swin_l", 32, 354.826, None, 86.45),
    ("dtf_swin_l", 64, 562.390, None, 159.27),
]


def cost_of(name, frames, **arguments):
    from dtfviz.core.models.catalogue import MODELS

    with torch.device("meta"):
        return cost(build_model(name, frames=frames, size=MODELS[name].cost_size, **arguments))


@pytest.mark.parametrize(("name", "frames", "arguments", "base", "once", "all_once", "four"), COUNTS)
def test_released_models_cost_what_was_counted_for_them(name, frames, arguments, base, once, all_once, four):
    found = cost_of(name, frames, **arguments)
    real_work = sum(row.once for row in found.by_operator if row.name in ("convolution", "linear", "attention"))
    ours = (real_work, found.whole.paper, found.multiply_adds, found.paper_as_real)
    assert [round(macs / 1e9, 2) for macs in ours] == [base, once, all_once, four]


@pytest.mark.parametrize(("name", "frames", "once"), ONCE)
def test_the_others_cost_what_was_counted_for_them(name, frames, once):
    assert round(cost_of(name, frames).whole.paper / 1e9, 2) == once


@pytest.mark.parametrize(("name", "frames", "total", "frozen", "dead"), PARAMS)
def test_parameters_are_those_of_the_released_models(name, frames, total, frozen, dead):
    params = cost_of(name, frames).params
    assert round(params.total / 1e6, 3) == total
    assert round(params.dead / 1e6, 2) == dead
    assert frozen is None or round(params.frozen / 1e6, 3) == frozen
    assert params.total == params.trainable + params.frozen + params.dead


# --- any model --------------------------------------------------------------------------------------------------------
def test_a_loaded_model_is_counted_without_being_touched():
    model = dtfviz.load_model("dtf_net_r50", num_classes=3).train()
    before = copy.copy(model.state_dict())
    found = dtfviz.cost(model)
    assert model.training
    assert all(value is before[name] or torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    with torch.device("meta"):
        assert found.whole == cost(build_model("dtf_net_r50", num_classes=3)).whole


def test_any_video_model_is_counted():
    found = cost(r3d_18(), (1, 3, 16, 112, 112))
    assert found.model == "VideoResNet"
    assert round(found.whole.paper / 1e9, 2) == 40.70  # torchvision states 40.697 GMACs for these weights
    assert {row.name for row in found.by_operator} <= set(KINDS)


def test_rows_of_a_depth_add_up_to_the_whole():
    for name in ("dtf_net_r50", "dtf_swin_s"):
        found = cost_of(name, 16)
        for depth in (1, 2, 3):
            rows = found.at_depth(depth)
            assert sum(row.real for row in rows) == found.whole.real
            assert sum(row.params for row in rows) == found.whole.params


def test_a_model_without_a_card_needs_the_shape_of_a_clip():
    with pytest.raises(OptionError, match="does not say what its clips are like"):
        cost(nn.Linear(2, 2))


def test_a_model_without_memory_is_left_in_its_mode_and_counted_alike_by_whoever_infers():
    with torch.device("meta"):
        model = nn.Sequential(nn.Conv3d(3, 4, 3), nn.BatchNorm3d(4)).train()
    known = cost(model, (1, 3, 4, 8, 8))
    assert all(part.training for part in model.modules())
    with torch.inference_mode():
        assert cost(model, (1, 3, 4, 8, 8)) == known
