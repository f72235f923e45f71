import gc
from dataclasses import replace

import numpy as np
import pytest
import torch
from recipe import fill_seeded
from released import assert_close, golden
from torch import nn
from videos import write_video

import dtfviz
from dtfviz.core.analysis.cam.gradcam import METHODS, PACKAGED, UNFIT, grad_cam, map_of
from dtfviz.core.errors import ModelError, OptionError
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.models.borrow.cut import Captured, cut_at
from dtfviz.core.models.building import build_model
from dtfviz.core.models.card import Card, Layer
from dtfviz.core.models.dtf.resnet import DTFNet
from dtfviz.core.results.cam import stretch
from dtfviz.core.results.places import share_evenly


class ByHand(nn.Module):
    """Two channels that are the clip and minus the clip; logits are their weighed means. All numbers can be worked
    out.
    """

    def __init__(self) -> None:
        super().__init__()
        self.split = nn.Conv3d(3, 2, 1, bias=False)
        self.split.weight.data = torch.tensor([[1.0, 0, 0], [-1.0, 0, 0]]).view(2, 3, 1, 1, 1)
        self.fc = nn.Linear(2, 3, bias=False)
        self.fc.weight.data = torch.tensor([[2.0, 1.0], [-1.0, 3.0], [0.0, 0.0]])
        layers = (Layer("split", "BCTHW", 2), Layer("idle", "BCTHW", 2))
        self.idle = nn.Identity()
        self.card = Card(
            "by_hand",
            "dtf_net",
            2,
            2,
            3,
            layers,
            "split",
            "none",
            "released",
            classes=("up", "down", "none"),
            trained=True,
        )

    def forward(self, x):
        return self.fc(self.split(x).mean(dim=(2, 3, 4)))


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return read_clip(write_video(tmp_path_factory.mktemp("cam") / "v.mp4", 20, size=(64, 64)), Sampling(2), 2)


@pytest.fixture(scope="module")
def net():
    """A small net in float64, with the clip it takes."""
    return fill_seeded(
        build_model("dtf_net_r50", num_classes=10, depths=(1, 1, 1, 1), widths=(16, 32, 64, 128), expansion=2), 5
    )


@pytest.fixture(scope="module")
def net_clip(tmp_path_factory):
    return read_clip(write_video(tmp_path_factory.mktemp("cam") / "v.mp4", 20, size=(64, 64)), Sampling(16), 64)


def captured(net, clip, layer="layer3"):
    from dtfviz.core.models.inputs import as_input

    with cut_at(net, net.card.layer(layer)) as capture:
        logits = net(as_input(clip, net.card))[0]
        return capture(logits[3], logits)


# --- numbers worked out by hand ---------------------------------------------------------------------------------------
def test_grad_cam_of_a_hand_filled_net(clip):
    """Channel weights are the classifier's over the 8 positions; red is what the net sees of the clip."""
    frames = np.zeros((2, 2, 2, 3), np.uint8)
    frames[..., 0] = [
        [[255, 0], [200, 40]],
        [[0, 255], [10, 90]],
    ]  # some above the mean and some below: no map is blank
    clip, model = replace(clip, frames=frames), ByHand()
    red = (frames[..., 0] / 255 - 0.485) / 0.229
    for target, weight in {"up": 2 - 1, "down": -1 - 3}.items():
        cam = dtfviz.gradcam(model, clip, target)
        assert np.allclose(cam.raw, weight * red / 8, rtol=1e-5)
        assert cam.score == pytest.approx(weight * red.mean(), rel=1e-5)
        assert cam.energy == pytest.approx(np.maximum(weight * red / 8, 0).sum(axis=(1, 2)), rel=1e-5)
    difference = dtfviz.gradcam(model, clip, ("up", 1))
    assert np.allclose(difference.raw, 5 * red / 8, rtol=1e-5)
    assert difference.target.label == "up - down"


def test_weights_per_step_and_per_clip_by_hand():
    activation = torch.tensor(
        [[[[[1.0, 2.0]], [[3.0, 4.0]]], [[[1.0, 0.0]], [[0.0, 1.0]]]]]
    )  # 2 channels, 2 steps, 1 x 2
    gradient = torch.tensor([[[[[1.0, 1.0]], [[3.0, 3.0]]], [[[0.0, 2.0]], [[0.0, 0.0]]]]])
    assert grad_cam(activation, gradient, "clip").tolist() == [[[[2.5, 4.0]], [[6.0, 8.5]]]]  # weights 2 and .5
    assert grad_cam(activation, gradient, "step").tolist() == [[[[2.0, 2.0]], [[9.0, 12.0]]]]  # 1, 1 and 3, 0


# --- the cut graph ----------------------------------------------------------------------------------------------------
def test_gradients_at_the_cut_are_the_released_ones():
    data = golden("small_resnet_io")
    net = fill_seeded(DTFNet(depths=(1, 1, 1, 1), widths=(16, 32, 64, 128), expansion=16, num_classes=10).eval(), 21)
    for stage in ("layer1", "layer4"):
        with cut_at(net, Layer(stage, "BCTHW", 4)) as capture:
            found = capture(net(data["x"])[:, 3].sum(), torch.zeros(10))
        assert_close(found.activation, data[f"feat.{stage}"])
        assert_close(found.gradient, data[f"grad_{stage}_class3"])


@pytest.mark.parametrize("layer", ["layer1", "layer3", "layer2.0", "layer4"])
def test_gradients_at_the_cut_are_those_of_the_whole_graph(layer):
    net = build_model(
        "dtf_net_r50", depths=(1, 1, 1, 1), widths=(16, 32, 64, 128), expansion=2, alpha_init=0.5
    ).double()
    x = torch.randn(1, 3, 16, 32, 32, dtype=torch.float64)
    kept = []
    handle = net.get_submodule(layer).register_forward_hook(lambda module, inputs, output: kept.append(output))
    (expected,) = torch.autograd.grad(net(x)[0, 7], kept)
    handle.remove()
    with cut_at(net, net.card.layer(layer)) as capture:
        logits = net(x)[0]
        found = capture(logits[7], logits)
    assert_close(found.gradient, expected)


def test_tokens_of_a_transformer_become_steps_and_positions():
    model = build_model("dtf_swin_s", depths=(2, 2), heads=(2, 2), embed=32, size=56, num_classes=4)
    x = torch.randn(1, 3, 16, 56, 56)
    with cut_at(model, model.card.layer("layers.1.blocks.1")) as capture:
        logits = model(x)[0]
        found = capture(logits[2], logits)
    assert found.activation.shape == found.gradient.shape == (1, 64, 4, 7, 7)


def test_the_model_is_left_as_it_was_found(net, net_clip):
    before = {name: value.clone() for name, value in net.state_dict().items()}
    net.train()
    dtfviz.gradcam(net, net_clip, 3, "layer2")
    assert net.training
    assert torch.is_grad_enabled()
    assert not any(module._forward_hooks for module in net.modules())
    assert all(parameter.grad is None for parameter in net.parameters())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    net.eval()


def test_fifty_clips_leave_no_tensor_behind(net, net_clip):
    def alive():
        gc.collect()
        return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())

    dtfviz.gradcam(net, net_clip, 3, "layer4")
    before = alive()
    for _ in range(50):
        dtfviz.gradcam(net, net_clip, 3, "layer4")
    assert alive() == before


# --- the other methods ------------------------------------------------------------------------------------------------
def test_the_packages_grad_cam_equals_ours(net, net_clip):
    import pytorch_grad_cam

    found = captured(net, net_clip)
    package = pytorch_grad_cam.GradCAM(model=nn.Linear(1, 1), target_layers=[])
    theirs = package.get_cam_image(None, None, None, found.activation.numpy(), found.gradient.numpy(), False)[0]
    assert np.allclose(map_of(found, "gradcam", "clip", 0), theirs, rtol=1e-5, atol=1e-6 * abs(theirs).max())


@pytest.mark.parametrize("method", ["hirescam", "xgradcam"])
def test_on_a_mean_pool_head_they_equal_grad_cam(net, net_clip, method):
    found = captured(net, net_clip, "layer4")  # average pooling and a linear layer follow: the gradient is constant
    ours = map_of(found, "gradcam", "clip", 0)
    theirs = map_of(found, method, "clip", 0)
    assert np.allclose(ours, theirs, rtol=1e-3, atol=1e-4 * abs(ours).max())


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_a_finite_map_of_the_layers_grid_twice_the_same(net, net_clip, method):
    found = captured(net, net_clip)
    raw, again = (map_of(found, method, "clip", 7) for _ in range(2))
    assert raw.shape == (4, 4, 4)
    assert raw.dtype == np.float32
    assert np.isfinite(raw).all()
    assert raw.any()
    assert np.array_equal(raw, again)


@pytest.mark.parametrize("method", ["eigencam", "eigengradcam", "kpca"])
def test_the_free_sign_is_chosen_where_activations_are_high(net, net_clip, method):
    found = captured(net, net_clip)
    turned = Captured(found.activation, -found.gradient, found.logits)
    for one in (found, turned):
        raw = map_of(one, method, "clip", 0)
        assert (raw * one.activation[0].mean(dim=0).numpy()).sum() >= 0


def test_principal_methods_refuse_too_many_positions():
    big = torch.zeros(1, 1, 4, 40, 40)
    with pytest.raises(ModelError, match="6400 x 6400") as caught:
        map_of(Captured(big, big, torch.zeros(2)), "eigencam", "clip", 0)
    assert "deeper" in caught.value.hint


@pytest.mark.parametrize("method", UNFIT)
def test_methods_that_do_not_work_on_video_say_why(net, net_clip, method):
    with pytest.raises(OptionError, match="does not work on video"):
        dtfviz.gradcam(net, net_clip, method=method)


def test_every_packaged_method_is_there():
    import pytorch_grad_cam

    assert all(hasattr(pytorch_grad_cam, name) for name in PACKAGED.values())


# --- what can go wrong ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"layer": "layr4"}, OptionError, "did you mean layer4"),
        ({"target": "jumping"}, OptionError, "has no class names"),
        ({"target": 10}, OptionError, "from 0 to 9"),
        ({"method": "gradcan"}, OptionError, "the methods are"),
        ({"method": "layercam", "per": "step"}, OptionError, "no weights per step"),
    ],
)
def test_wishes_that_cannot_be_met(net, net_clip, options, error, words):
    with pytest.raises(error, match=words):
        dtfviz.gradcam(net, net_clip, **options)


def test_a_blank_map_says_why(clip):
    model = ByHand()
    with pytest.raises(ModelError, match="the gradient at split is zero everywhere"):
        dtfviz.gradcam(model, clip, "none")
    with pytest.raises(ModelError, match="idle does not run"):
        dtfviz.gradcam(model, clip, "up", layer="idle")


def test_a_map_without_time_says_so(net, net_clip):
    still = replace(net_clip, frames=np.repeat(net_clip.frames[:1], 16, axis=0))
    plain = build_model("c2d_r50", num_classes=10, depths=(1, 1, 1, 1))
    remarks = [cam.remarks for cam in (dtfviz.gradcam(plain, still, target) for target in range(2))]
    assert all("not when" in words[0] for words in remarks)


def test_maps_know_where_their_cells_are_and_say_where_structure_does_not(net_clip):
    known = dtfviz.gradcam(build_model("c2d_r50", num_classes=10, depths=(1, 1, 1, 1)), net_clip, 0, "layer4")
    assert [(axis.offset, axis.stride) for axis in known.cells.axes] == [(1.5, 4), (0, 32), (0, 32)]
    assert known.cells.shared == ()
    blind = replace(known, placed=None).cells
    assert [(axis.offset, axis.stride) for axis in blind.axes] == [(1.5, 4), (15.5, 32), (15.5, 32)]
    assert blind.shared == ("time", "height", "width")


def test_between_centres_a_map_is_linear_and_keeps_a_constant():
    steps = share_evenly(16, 4).weights(range(16))
    assert np.allclose(stretch(np.full((4, 3, 3), 2.0, np.float32), 0, steps), 2)
    ramp = stretch(np.arange(4, dtype=np.float32)[:, None, None], 0, steps).ravel()
    assert ramp.reshape(4, 4).mean(axis=1)[1:3] == pytest.approx([1, 2])
    assert (np.diff(ramp) >= 0).all()
