"""Theory by hand, and against what a gradient reaches on random nets."""

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import video

from dtfviz.core.analysis.reach.reach import run_to
from dtfviz.core.analysis.reach.theory import theory
from dtfviz.core.models.building import build_model
from dtfviz.core.models.card import Card, give_card
from dtfviz.core.models.dtf.resnet import DTFNet
from dtfviz.core.models.dtf.swin import DTFTransformer
from dtfviz.core.models.wrap import wrap


class Head(nn.Module):
    """A body that is looked at, and logits."""

    def __init__(self, body, channels=4):
        super().__init__()
        self.body, self.fc = body, nn.Linear(channels, 2)

    def forward(self, x):
        return self.fc(self.body(x).mean(dim=(2, 3, 4)))


def wrapped(body, frames=16, size=32, channels=4):
    return wrap(Head(body, channels), frames=frames, size=size, layers=["body"])


def facts(span):
    return span.size, span.stride, span.offset


def spans_of(body, **clip):
    return theory(wrapped(body, **clip)).layer("body").spans


# --- by hand ----------------------------------------------------------------------------------------------------------
def test_a_stack_of_convolutions_and_pooling():
    stack = nn.Sequential(
        nn.Conv3d(3, 4, (3, 7, 7), stride=(1, 2, 2), padding=(1, 3, 3)),
        nn.BatchNorm3d(4),
        nn.ReLU(inplace=True),
        nn.MaxPool3d((1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1)),
        nn.Conv3d(4, 4, 3, stride=2, padding=2, dilation=2),
    )
    time, rows, cols = spans_of(stack)
    assert facts(time) == (3 + 4, 2, -1 - 2)
    assert facts(rows) == facts(cols) == (7 + 2 * 2 + 4 * 4, 8, -3 - 2 - 8)  # each tap further is a stride so far


def test_of_two_branches_the_wider_one_counts():
    class Branches(nn.Module):
        def __init__(self):
            super().__init__()
            self.near, self.far = nn.Conv3d(3, 2, 1), nn.Conv3d(3, 2, (5, 3, 1), padding=(2, 1, 0))

        def forward(self, x):
            return torch.cat([self.near(x), self.far(x)], dim=1)

    assert [facts(span) for span in spans_of(Branches())] == [(5, 1, -2), (3, 1, -1), (1, 1, 0)]


def test_padding_by_hand_and_grouped_convolutions():
    body = nn.Sequential(
        nn.ConstantPad3d((0, 1, 0, 1, 0, 0), 0.0), nn.Conv3d(3, 6, 2, padding=(1, 0, 0), groups=3), nn.AvgPool3d(2)
    )
    assert [facts(span) for span in spans_of(body, channels=6)] == [(3, 2, -1), (3, 2, 0), (3, 2, 0)]


def test_squeeze_and_excitation_and_norms_over_space_are_global():
    class Excited(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.gate = nn.Conv3d(3, 4, 3, padding=1), nn.Conv3d(4, 4, 1)

        def forward(self, x):
            x = self.conv(x)
            return x * self.gate(x.mean(dim=(3, 4), keepdim=True)).sigmoid()

    time, rows, cols = spans_of(Excited())
    assert facts(time) == (3, 1, -1)
    assert (rows.is_global, cols.is_global) == (True, True)
    assert rows.maker == "body (Excited)"  # which takes the mean
    assert all(
        span.maker == "body.1 (GroupNorm)" for span in spans_of(nn.Sequential(nn.Conv3d(3, 4, 1), nn.GroupNorm(2, 4)))
    )


def test_a_dtf_block_is_global_in_time_and_as_wide_as_its_window_in_space():
    model = build_model("dtf_net_r50", frames=16, size=64, temporal_blocks=("layer1.0",))
    found = theory(model).layer("layer1.0")
    assert found.time.maker == "layer1.0.dtf_blk (DTFBlock)"
    assert facts(found.rows) == (
        11 + 4 * 2 * 2,
        4,
        -5 - 4 * 2,
    )  # stem 7 and pooling 3; a 3x3 convolution and a 3x3 window


@pytest.mark.parametrize(("temporal", "size"), [("dtf_1d", 12), ("shift", 12), ("none", 4)])
def test_three_taps_reach_one_step_on_either_side(temporal, size):
    model = build_model("dtf_net_r50", frames=32, size=64, temporal=temporal, temporal_blocks=("layer1.0",))
    time = theory(model).layer("layer1.0").time
    assert (time.size, time.is_global) == (size, False)


def test_the_known_sizes_of_a_resnet_50():
    found = theory(build_model("c2d_r50", frames=4, size=64))
    assert [found.layer(f"layer{stage}").rows.size for stage in (1, 2, 3, 4)] == [35, 91, 267, 427]


def small_transformer(temporal):
    net = DTFTransformer(
        frames=8, size=112, embed=16, heads=(1, 1, 1), depths=(2, 2, 2), temporal=temporal, num_classes=2
    ).eval()
    give_card(net, Card("net", "dtf_swin", 8, 112, 2, net.describe_layers(), "layers.2", temporal, "released"))
    return net


def test_windows_of_attention_are_seen_position_by_position():
    found = theory(small_transformer("none"))
    first, second = (found.layer(f"layers.0.blocks.{number}").rows for number in (0, 1))
    assert [(first.begins[row], first.ends[row]) for row in (0, 6, 7, 27)] == [(0, 27), (0, 27), (28, 55), (84, 111)]
    assert [(second.begins[row], second.ends[row]) for row in (0, 3, 10, 27)] == [(0, 27), (0, 55), (28, 83), (84, 111)]
    assert second.stride is None
    assert found.layer("layers.2").rows.maker == "layers.2.blocks.0.attn (WindowAttention)"  # one window holds all
    assert facts(found.layer("layers.2").time) == (4, 4, 0)


# --- what is not known ------------------------------------------------------------------------------------------------
def test_what_is_not_known_is_said():
    upsampled = spans_of(nn.Sequential(nn.Conv3d(3, 4, 1, stride=2), nn.Upsample(scale_factor=2, mode="trilinear")))
    assert all("not known" in span.unknown for span in upsampled)


def test_a_model_that_looks_at_its_numbers_cannot_be_known():
    class Curious(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv3d(3, 4, 1)

        def forward(self, x):
            return self.conv(x) * (1.0 if x.mean().item() > 0 else 2.0)

    assert all("looks at" in span.unknown for span in spans_of(Curious()))


# --- against gradients ------------------------------------------------------------------------------------------------
LEAK = 1e-30  # masked attention has the weight exp(-100) instead of none


def reached_by(model, layer, position):
    """The first and last frame, row and column whose pixels change a position for some of a few clips."""
    pixels = torch.randn(
        3, 3, model.card.frames, model.card.size, model.card.size, dtype=torch.float64, requires_grad=True
    )
    features = run_to(model, layer, pixels)[(slice(None), slice(None), *position)]
    (gradient,) = torch.autograd.grad((features * torch.randn_like(features)).sum(), pixels)
    touched = gradient.abs().sum(dim=(0, 1)) > LEAK
    return [
        tuple(np.flatnonzero(touched.amax([dim for dim in range(3) if dim != axis]).numpy())[[0, -1]].tolist())
        for axis in range(3)
    ]


def stir(model):
    """Nothing at its initial value: no alpha that is zero, no bias that hides a ReLU."""
    for parameter in model.parameters():
        if parameter.dim() == 1:
            parameter.data.normal_(0.3, 0.2)
    for name, parameter in model.named_parameters():
        if name.endswith("alpha1"):
            parameter.data.fill_(0.3)
    return model.double()


SMALL = {"depths": (1, 1), "widths": (16, 16), "strides": (1, 2), "stem_width": 16, "expansion": 2, "num_classes": 2}


@pytest.mark.parametrize("temporal", ["dtf", "dtf_f", "dtf_1d", "dtf_1d+", "shift", "none"])
def test_a_gradient_reaches_what_theory_says_in_random_nets(temporal):
    net = DTFNet(frames=24, temporal=temporal, temporal_blocks=("layer1",), **SMALL).eval()
    give_card(net, Card("net", "dtf_net", 24, 48, 2, net.describe_layers(), "layer2", temporal, "released"))
    found = theory(stir(net))
    for name, position in (("layer1", (3, 6, 4)), ("layer2", (2, 3, 5)), ("layer2", (0, 0, 2))):
        spans = found.layer(name).spans
        expected = [span.inside(where) for span, where in zip(spans, position, strict=True)]
        assert reached_by(net, net.card.layer(name), position) == expected


def test_a_gradient_reaches_what_theory_says_in_windows_that_shift():
    net = small_transformer("dtf").double()
    found = theory(stir(net))
    for name, position in (
        ("layers.0.blocks.1", (0, 3, 20)),
        ("layers.0", (1, 6, 9)),
        ("layers.1.blocks.1", (0, 13, 5)),
    ):
        expected = [span.inside(where) for span, where in zip(found.layer(name).spans, position, strict=True)]
        assert reached_by(net, net.card.layer(name), position) == expected


def test_a_gradient_reaches_what_theory_says_in_anyones_model():
    model = wrap(video.r3d_18(), frames=8, size=32, layers=["layer1", "layer2.0"]).double()
    found = theory(model)
    for layer, position in (("layer1", (3, 8, 9)), ("layer2.0", (1, 3, 2))):
        expected = [span.inside(where) for span, where in zip(found.layer(layer).spans, position, strict=True)]
        assert reached_by(model, model.card.layer(layer), position) == expected


def test_the_model_is_left_as_it_was():
    model = build_model("dtf_net_motion", frames=4, size=16)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    theory(model.train())
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())
