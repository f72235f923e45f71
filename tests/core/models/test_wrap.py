from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torchvision.models.video import mvit_v2_s, r3d_18, swin3d_t
from videos import write_video

import dtfviz
from dtfviz.core.errors import ModelError, OptionError
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.models.borrow.cut import cut_at

MODELS = {
    "r3d_18": (r3d_18, 8, 64, "layer4", (1, 512, 1, 4, 4)),
    "swin3d_t": (swin3d_t, 8, 64, "features.6", (1, 768, 4, 2, 2)),
    "mvit_v2_s": (mvit_v2_s, 16, 224, "blocks.14", (1, 768, 8, 7, 7)),
}


@pytest.mark.parametrize("name", MODELS)
def test_torchvisions_video_models_are_read_predicted_and_mapped(name, tmp_path):
    make, frames, size, layer, shape = MODELS[name]
    model = dtfviz.wrap(make(), frames=frames, size=size, name=name)
    card = model.card
    assert (card.name, card.num_classes, card.trust) == (name, 400, "UNTRAINED")
    assert layer in [one.name for one in card.layers]
    clip = read_clip(write_video(tmp_path / "v.mp4", frames + 4, size=(64, 64)), Sampling(frames), size)
    assert dtfviz.predict(model, clip).model == name
    cam = dtfviz.gradcam(model, clip, layer=layer, method="hirescam")
    assert cam.raw.shape == shape[2:]
    assert cam.layer == layer


def test_gradients_at_the_cut_of_a_wrapped_model_are_those_of_the_whole_graph(tmp_path):
    model = dtfviz.wrap(mvit_v2_s(), frames=16, size=224)
    x = torch.randn(1, 3, 16, 224, 224)
    kept = []
    handle = model.blocks[13].register_forward_hook(lambda part, given, output: kept.append(output[0]))
    (expected,) = torch.autograd.grad(model(x)[0, 7], kept)
    handle.remove()
    layer = model.card.layer("blocks.13")
    with cut_at(model, layer) as capture:
        logits = model(x)[0]
        found = capture(logits[7], logits)
    flat = found.gradient[0].permute(1, 2, 3, 0).flatten(0, 2)
    torch.testing.assert_close(flat, expected[0, 1:], rtol=1e-4, atol=1e-5 * float(expected.abs().max()))


class Folded(nn.Module):
    """Takes B T C H W, folds its steps, and returns an object."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 6, 3, stride=4), nn.Linear(6, 4)

    def forward(self, x):
        assert x.shape[2] == 3
        features = self.conv(x.flatten(0, 1)).unflatten(0, x.shape[:2])
        return SimpleNamespace(logits=self.fc(features.mean(dim=(1, 3, 4))), loss=None)


def test_other_inputs_and_outputs_are_adapted():
    model = dtfviz.wrap(
        Folded(), frames=4, size=32, input_layout="BTCHW", output="logits", classes=["a", "b", "c", "d"], trained=True
    )
    assert model(torch.zeros(1, 3, 4, 32, 32)).shape == (1, 4)
    assert [(layer.name, layer.layout, layer.steps) for layer in model.card.layers] == [("conv", "(BT)CHW", 4)]
    assert model.card.trust == "trained"


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({}, ModelError, "gives SimpleNamespace for two clips"),
        ({"output": "scores"}, OptionError, "no field 'scores'"),
        ({"output": "logits", "classes": ["a"]}, ModelError, "1 class names for 4 logits"),
        ({"output": "logits", "layers": ["cnov"]}, OptionError, "no layer called 'cnov'"),
        ({"output": "logits", "layers": {"conv": "HWC"}}, OptionError, "no layout is called 'HWC'"),
        ({"output": "logits", "layers": {"conv": "BTHWC"}}, OptionError, "cannot be read"),
        ({"output": "logits", "default_layer": "fc"}, OptionError, "can be read"),
        ({"input_layout": "TBCHW"}, OptionError, "BCTHW, BTCHW"),
    ],
)
def test_what_cannot_be_wrapped_says_why(options, error, words):
    with pytest.raises(error, match=words):
        dtfviz.wrap(Folded(), frames=4, size=32, **({"input_layout": "BTCHW"} | options))


class Token(nn.Module):
    """Two stages; after the second only one position is read, and not of the others."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.head = (
            nn.Conv3d(3, 4, 3, padding=1),
            nn.Conv3d(4, 4, 3, padding=1),
            nn.Linear(4, 2),
        )
        self.reads_features = False

    def forward(self, x):
        first = self.first(x)
        second = self.second(first)
        return self.head((second if self.reads_features else first).mean(dim=(2, 3, 4)))


def test_the_default_layer_is_the_last_that_the_logits_depend_on():
    assert dtfviz.wrap(Token(), frames=4, size=8).card.default_layer == "first"
    token = Token()
    token.reads_features = True
    assert dtfviz.wrap(token, frames=4, size=8).card.default_layer == "second"


def test_stated_layouts_leave_the_other_layers_and_stated_names_do_not():
    module = nn.Sequential(nn.Conv3d(3, 4, 1), nn.Conv3d(4, 4, 1), nn.AdaptiveAvgPool3d(1), nn.Flatten())
    offered = [dtfviz.wrap(module, frames=4, size=8, layers=layers).card.layers for layers in ({"0": "BCTHW"}, ["0"])]
    assert [[layer.name for layer in layers] for layers in offered] == [["0", "1"], ["0"]]


@pytest.mark.parametrize(
    "colours",
    [{"std": (0.2, 0, 0.2)}, {"std": (0.2, -1, 0.2)}, {"std": (1, float("nan"), 1)}, {"mean": (0, float("inf"), 0)}],
)
def test_colours_that_nothing_can_be_scaled_by_are_refused(colours):
    with pytest.raises(OptionError, match="do not scale colours"):
        dtfviz.wrap(nn.Sequential(nn.Conv3d(3, 4, 1), nn.Flatten(1), nn.LazyLinear(2)), frames=2, size=8, **colours)
