"""Where cells are: by hand for single operators, and by what a change of the clip moves for whole models."""

from functools import cache

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models.video import mc3_18, r3d_18, swin3d_t

import dtfviz
from dtfviz.core.analysis.reach.centres import find_structure, structure_of
from dtfviz.core.models.borrow.capture import capture
from dtfviz.core.models.card import Card, Layer, card_of, give_card
from dtfviz.core.models.dtf.block import DTFBlock


def net(*parts, steps=8):
    """Parts in a row, of which the last is the layer."""
    model = nn.Sequential(*parts)
    name = str(len(parts) - 1)
    give_card(model, Card("n", "wrapped", 8, 12, 2, (Layer(name, "BCTHW", steps),), name, "", "none"))
    return model


def cells(*parts, size=(8, 12, 12), steps=8):
    found = find_structure(net(*parts, steps=steps), size)
    return found.layers[str(len(parts) - 1)]


def conv(stride, padding, kernel=3, dilation=1):
    return nn.Conv3d(3, 3, kernel, stride, padding, dilation)


class Residual(nn.Module):
    def __init__(self, branch):
        super().__init__()
        self.branch = branch

    def forward(self, x):
        return x + self.branch(x)


class Apply(nn.Module):
    def __init__(self, change):
        super().__init__()
        self.change = change
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.change(x)


def over_time(x):
    return torch.fft.irfft(torch.fft.rfft(x, dim=2), n=x.shape[2], dim=2)


def attention(x):
    tokens = x.flatten(2).transpose(1, 2)
    out = nn.functional.scaled_dot_product_attention(tokens, tokens, tokens)
    return out.transpose(1, 2).reshape(x.shape)


def pooled_attention(x):
    asked, tokens = nn.functional.max_pool3d(x, 3, 2, 1), x.flatten(2).transpose(1, 2)
    out = nn.functional.scaled_dot_product_attention(asked.flatten(2).transpose(1, 2), tokens, tokens)
    return out.transpose(1, 2).reshape(asked.shape)


def gate(x):
    return x * x.mean(dim=(2, 3, 4), keepdim=True).sigmoid()


def shift(x):
    later, earlier = (nn.functional.pad(x[:, :1], (0, 0, 0, 0, *sides)) for sides in ((1, -1), (-1, 1)))
    return torch.cat([later, earlier, x[:, 2:]], dim=1)


def mix_tokens(x):
    return nn.functional.linear(x.flatten(2), torch.ones(x[0, 0].numel(), x[0, 0].numel())).view(x.shape)


@pytest.mark.parametrize(
    ("parts", "offset", "stride"),
    [
        ([conv(1, 1)], 0, 1),
        ([conv(2, 1)], 0, 2),
        ([conv(2, 0)], 1, 2),
        ([conv(2, 2, dilation=2)], 0, 2),
        ([conv(2, 0, kernel=2)], 0.5, 2),
        ([conv(2, 1), conv(2, 1)], 0, 4),
        ([conv(2, 0), conv(1, 1)], 1, 2),
        ([nn.MaxPool3d(3, 2, 1)], 0, 2),
        ([nn.AvgPool3d(2)], 0.5, 2),
        ([nn.AvgPool3d(2), conv(2, 1)], 0.5, 4),
    ],
)
def test_windows_are_centred_as_by_hand(parts, offset, stride):
    found = cells(*parts)
    assert [(axis.offset, axis.stride) for axis in found.axes] == [(offset, stride)] * 3
    assert not found.shared


@pytest.mark.parametrize("branch", [over_time, attention, gate, shift, mix_tokens], ids=lambda branch: branch.__name__)
def test_what_sees_everything_is_where_it_is_added(branch):
    found = cells(conv(2, 1), Residual(Apply(branch)))
    assert [(axis.offset, axis.stride) for axis in found.axes] == [(0, 2)] * 3
    assert not found.shared


@pytest.mark.parametrize(("asking", "stride"), [(attention, 2), (pooled_attention, 4)])
def test_attention_gives_what_belongs_to_its_queries(asking, stride):
    assert [(axis.offset, axis.stride) for axis in cells(conv(2, 1), Apply(asking)).axes] == [(0, stride)] * 3


def test_where_structure_says_nothing_cells_share_the_axis_and_say_so():
    found = cells(conv(2, 1), Apply(over_time))
    assert found.shared == ("time",)
    assert (found.time.offset, found.time.stride) == (0.5, 2)
    assert (found.rows.offset, found.rows.stride) == (0, 2)


def test_a_block_of_temporal_filters_stays_where_it_is():
    assert cells(nn.Conv3d(3, 8, 3, 1, 1), DTFBlock(8, 8, factor_g=8)).shared == ()


def test_a_model_that_looks_at_its_numbers_is_known_up_to_there():
    model = net(conv(2, 1), Apply(lambda x: x * float(x.mean())), conv(2, 1))
    assert find_structure(model, (8, 12, 12)).layers == {}
    model.card = Card("n", "wrapped", 8, 12, 2, (Layer("0", "BCTHW", 4),), "0", "", "none")
    assert find_structure(model, (8, 12, 12)).layers["0"].rows.stride == 2


def test_a_model_is_asked_once_a_size_and_left_as_it_was():
    model = net(conv(2, 1)).train()
    assert structure_of(model, (8, 12, 12)) is structure_of(model, (8, 12, 12))
    assert structure_of(model, (8, 16, 16)).layers["0"].rows.length == 16
    assert all(part.training and not part._forward_hooks and not part._forward_pre_hooks for part in model.modules())


def test_models_without_memory_have_the_same_structure():
    with torch.device("meta"):
        empty = net(conv(2, 1), DTFBlock(3, 4, factor_g=3), steps=4)
    assert find_structure(empty, (8, 12, 12)).layers["1"].rows.stride == 2


# --- whole models -----------------------------------------------------------------------------------------------------
MODELS = {
    "r3d_18": lambda: dtfviz.wrap(r3d_18(), frames=8, size=32),
    "mc3_18": lambda: dtfviz.wrap(mc3_18(), frames=8, size=32),
    "swin3d_t": lambda: dtfviz.wrap(swin3d_t(), frames=8, size=64),
    "bundled": dtfviz.load_model,
    "dtf_net_r50": lambda: dtfviz.load_model("dtf_net_r50", frames=16),
    "dtf_swin_s": lambda: dtfviz.load_model("dtf_swin_s", frames=8),
}


@cache
def model_of(name):
    torch.manual_seed(0)
    return MODELS[name]()


def features(model, layer, clip):
    with torch.no_grad(), capture(model.eval(), [card_of(model).layer(layer)]) as outputs:
        model(clip)
    return outputs[layer]


@pytest.mark.parametrize(
    ("name", "layer", "size"),
    [
        ("r3d_18", "layer3", (48, 32, 32)),
        ("r3d_18", "layer4", (48, 32, 32)),
        ("bundled", "layer3", (16, 64, 64)),
        ("bundled", "layer4", (16, 64, 64)),
        ("dtf_net_r50", "layer4", (16, 64, 64)),
    ],
)
def test_a_changed_frame_moves_the_step_whose_centre_is_nearest(name, layer, size):
    model, draw = model_of(name), torch.Generator().manual_seed(1)
    time = structure_of(model, size).layers[layer].time
    clip = torch.randn(1, 3, 1, *size[1:], generator=draw).expand(-1, -1, size[0], -1, -1)
    before = features(model, layer, clip)
    margin = int(time.stride) if time.stride > 1 else 0  # what is padded at the border pulls
    for frame in range(margin, size[0] - margin):
        if (frame - time.offset) / time.stride % 1 == 0.5:
            continue  # as near to one step as to the next
        changed = clip.clone()
        changed[:, :, frame] += torch.randn(3, *size[1:], generator=draw)
        moved = (features(model, layer, changed) - before).square().sum(dim=(0, 1, 3, 4))
        assert int(moved.argmax()) == int(time.cell_at(frame)), frame


@pytest.mark.parametrize(
    ("name", "layer", "size"),
    [
        ("r3d_18", "layer3", (4, 112, 112)),
        ("mc3_18", "layer3", (4, 112, 112)),
        ("bundled", "layer4", (16, 64, 64)),
        ("dtf_net_r50", "layer3", (16, 128, 128)),
        ("dtf_swin_s", "layers.1", (8, 224, 224)),
        ("swin3d_t", "features.2", (8, 64, 64)),
    ],
)
def test_a_bright_square_moves_the_cell_that_it_is_centred_on(name, layer, size):
    model = model_of(name)
    found, dark = structure_of(model, size).layers[layer], torch.zeros(1, 3, *size)
    before, side = features(model, layer, dark), int(found.rows.stride) // 2
    for row, col in np.random.default_rng(0).integers(1, found.rows.count - 1, (3, 2)):
        top, left = (round(axis.centres[at] - (side - 1) / 2) for axis, at in ((found.rows, row), (found.cols, col)))
        lit = dark.clone()
        lit[..., top : top + side, left : left + side] = 3
        moved = (features(model, layer, lit) - before).square().sum(dim=(0, 1, 2))
        assert divmod(int(moved.argmax()), found.cols.count) == (row, col)


@pytest.mark.parametrize("layer", ["layer3", "layer4"])
def test_means_over_windows_put_a_square_where_it_is(layer):
    """Every convolution is a mean, so that nothing but structure says where cells look; even shares miss it by 3.6 and
    7.8 pixels.
    """
    model = dtfviz.wrap(r3d_18(), frames=4, size=32)
    for part in model.modules():
        if isinstance(part, nn.Conv3d):
            nn.init.constant_(part.weight, 1 / part.weight[0].numel())
    clip = torch.zeros(1, 3, 4, 112, 112)
    clip[..., 56:72, 40:56] = 1
    cells, seen = structure_of(model, (4, 112, 112)).layers[layer], features(model, layer, clip)[0].mean(dim=(0, 1))
    places = np.arange(112)
    shown = cells.rows.weights(places) @ seen.double().numpy() @ cells.cols.weights(places).T
    heat = np.clip(shown - np.median(shown), 0, None)
    centre = [(heat.sum(axis=side) * places).sum() / heat.sum() for side in (1, 0)]
    assert centre == pytest.approx([63.5, 47.5], abs=1)


def test_cells_that_were_taught_even_shares_are_there():
    """What counts for a cell of the bundled model lies around its share's middle, not half a stride before it."""
    model = model_of("bundled")
    found = dtfviz.receptive_field(model, layer="layer4", samples=4)
    _, row, col = found.position
    rows, cols = structure_of(model, (16, 64, 64)).layers["layer4"].axes[1:]
    assert (rows.offset, rows.stride, rows.unknown) == (3.5, 8, "so trained")
    places = np.arange(64)
    centre = [(found.map.sum(axis=side) * places).sum() / found.map.sum() for side in (1, 0)]
    assert centre == pytest.approx([rows.centres[row], cols.centres[col]], abs=1.75)  # nearer than to structure's
