import pytest
import torch
from recipe import fill_seeded, seeded_input
from released import assert_close, assert_samples, golden, golden_facts

from dtfviz.core.choices import PAPER, TEMPORAL
from dtfviz.core.errors import ModelError, OptionError
from dtfviz.core.models.borrow.capture import capture
from dtfviz.core.models.building import build_model
from dtfviz.core.models.dtf.resnet import DTFNet, FrameConv

SMALL = {"depths": (1, 1, 1, 1), "widths": (16, 32, 64, 128), "expansion": 16, "num_classes": 10}
FULL = ["c2d_dtf_resnet50_16x224", "c2d_dtf_resnet50_64x64px", "c2d_dtf_resnet101_16x96px"]


def small_net(**changes):
    return fill_seeded(DTFNet(**(SMALL | changes)).eval(), 21)


def filter_of(block, x):
    return torch.view_as_real(block.filter(block.enhance(x)))


@torch.no_grad()
def test_the_small_net_equals_the_released_code_stage_by_stage():
    data, net = golden("small_resnet_io"), small_net()
    operators, filters = {f"layer{n}": net.get_submodule(f"layer{n}.0.dtf_blk") for n in range(1, 5)}, {}
    for stage, block in operators.items():
        block.register_forward_hook(
            lambda block, inputs, _, stage=stage: filters.update({stage: filter_of(block, inputs[0])})
        )
    with capture(net, net.describe_layers()) as features:
        logits = net(data["x"])
    assert_close(logits, data["logits"])
    assert_close(net.stem(data["x"]), data["feat.maxpool"])
    for stage, filter in filters.items():
        assert_close(features[stage], data[f"feat.{stage}"])
        assert_close(filter, data[f"final_filter.{stage}.last"])
    assert_close(features["layer4"].mean(dim=(2, 3, 4)), data["feat.pool"])


@torch.no_grad()
def test_a_batch_of_one_gives_what_the_released_code_meant():
    data, net = golden("small_resnet_io"), small_net()
    assert_close(net(data["x"][:1]), data["logits_b1"])
    assert_close(net.double()(data["x"].double()), data["logits_f64"])


def test_gradients_of_a_class_at_a_stage_equal_the_released_code():
    data, net = golden("small_resnet_io"), small_net()
    with capture(net, net.describe_layers()) as features:
        score = net(data["x"])[:, 3].sum()
    grads = torch.autograd.grad(score, [features["layer1"], features["layer4"]])
    assert_close(grads[1], data["grad_layer4_class3"])
    assert_close(grads[0], data["grad_layer1_class3"])


@pytest.mark.parametrize(
    ("name", "changes"), [("small_resnet_stdwidth_logits", {}), ("small_resnet_deepstem_logits", {"deep_stem": True})]
)
@torch.no_grad()
def test_standard_width_and_deep_stem_equal_the_released_code(name, changes):
    data, meta = golden(name), golden_facts(name)["meta"]
    net = fill_seeded(DTFNet(depths=(1, 1, 1, 1), num_classes=10, **changes).eval(), meta["seed"])
    x = seeded_input(meta["input_tag"], meta["input_shape"], meta["seed"])
    assert_close(net(x), data["logits"])
    if "logits_f64" in data:
        assert_close(net.double()(x.double()), data["logits_f64"])


@pytest.mark.parametrize("name", FULL)
@torch.no_grad()
def test_full_nets_equal_the_released_code(name):
    described = golden_facts(f"{name}_logits")
    data, meta = golden(f"{name}_logits"), described["meta"]
    net = build_model(meta["model"], frames=meta["clip_length"], num_classes=meta["num_classes"])
    fill_seeded(net, meta["seed"], deep=True)
    x = seeded_input(meta["input_tag"], meta["input_shape"], meta["seed"])
    with capture(net, net.describe_layers()) as features:
        assert_close(net(x), data["logits"])
    for stage in net.stages:
        assert_samples(features[stage], described["features"][stage])
    assert_close(net.double()(x.double()), data["logits_f64"])


@pytest.mark.parametrize(("kernel", "frames", "stride"), [(1, 1, 1), (1, 1, 2), (3, 1, 2), (7, 4, 2), (3, 1, 1)])
def test_folded_frames_give_what_a_conv3d_gives(draw, kernel, frames, stride):
    conv = FrameConv(3, 8, kernel, frames=frames, stride=stride, bias=True).double()
    x = draw(2, 3, 8, 9, 11)
    torch.testing.assert_close(conv(x), torch.nn.Conv3d.forward(conv, x), rtol=0, atol=1e-13)


@pytest.mark.parametrize("temporal", TEMPORAL)
def test_every_variant_runs_in_the_net_and_its_steps_follow_the_early_stride(draw, temporal):
    net = DTFNet(
        frames=8, early_stride=2, depths=(1, 2), widths=(16, 32), strides=(1, 2), expansion=2, stem_width=16,
        num_classes=5, temporal=temporal, filter_layout=PAPER, factor_g=8, alpha_init=0.5,
    ).double().eval()  # fmt: skip
    x = draw(2, 3, 8, 24, 40)
    assert net.steps == 4
    assert net(x).shape == (2, 5)
    assert_close(net(x[:1]), net(x)[:1].detach())


def test_the_operator_goes_where_it_is_asked_to():
    net = DTFNet(temporal_blocks=("layer4", "layer2.1"), depths=(1, 2, 1, 2), num_classes=3)
    carriers = [layer.temporal for layer in net.describe_layers() if layer.temporal and layer.name.count(".")]
    assert carriers == ["layer2.1.dtf_blk", "layer4.0.dtf_blk", "layer4.1.dtf_blk"]
    assert not any("dtf_blk" in name for name in DTFNet(temporal="none").state_dict())


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"frames": 18}, ModelError, "18 frames .* steps of 4"),
        ({"temporal_blocks": ("layer5",)}, OptionError, "layer5"),
        ({"depths": (3, 4)}, OptionError, "2 depths, 4 widths"),
    ],
)
def test_nets_that_cannot_be_built_say_why(arguments, error, words):
    with pytest.raises(error, match=words):
        DTFNet(**arguments)


@pytest.mark.parametrize(
    ("shape", "words"),
    [((1, 3, 32, 64, 64), "32 frames, the model was built for 16"), ((3, 16, 64, 64), "it was given")],
)
def test_clips_that_do_not_fit_are_refused_with_both_numbers(shape, words):
    with pytest.raises(ModelError, match=words):
        DTFNet(depths=(1, 1, 1, 1))(torch.zeros(shape))
