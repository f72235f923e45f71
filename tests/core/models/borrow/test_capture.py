import pytest
import torch
from torch import nn

from dtfviz.core.errors import ModelError
from dtfviz.core.models.borrow.capture import capture, capture_inputs, feed
from dtfviz.core.models.borrow.cut import evaluating
from dtfviz.core.models.dtf.resnet import DTFNet


def test_hooks_go_with_the_block_even_when_it_fails():
    net = DTFNet(depths=(1, 1, 1, 1), num_classes=3)
    with pytest.raises(ModelError), capture(net, net.describe_layers()):
        net(torch.zeros(1, 3, 5, 8, 8))
    assert not any(module._forward_hooks for module in net.modules())


def test_inputs_are_copied_before_what_follows_changes_them():
    model = nn.Sequential(nn.Identity(), nn.ReLU(inplace=True))
    with capture_inputs(model, ["1"]) as inputs:
        model(torch.tensor([-1.0, 2.0], requires_grad=True).clone())
    assert inputs["1"].tolist() == [-1, 2]
    assert not inputs["1"].requires_grad
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_what_runs_twice_has_no_one_input():
    part = nn.Identity()
    with (
        pytest.raises(ModelError, match="0 runs more than once"),
        capture_inputs(model := nn.Sequential(part, part), ["0"]),
    ):
        model(torch.zeros(1))
    assert not part._forward_pre_hooks


def test_a_model_is_fed_in_evaluation_mode_and_what_does_not_run_is_named():
    model = nn.Sequential(nn.Dropout(0.9), nn.Identity()).train()
    pixels = torch.ones(1, 3, 2, 4, 4)
    assert torch.equal(feed(model, pixels, ["1"])["1"], pixels)
    assert model[0].training
    model[1].add_module("idle", nn.Identity())
    with pytest.raises(ModelError, match=r"1\.idle does not run"):
        feed(model, pixels, ["1", "1.idle"])


def test_every_modules_mode_is_given_back_even_when_something_fails():
    model = nn.Sequential(nn.Dropout(), nn.BatchNorm3d(2).eval())
    with evaluating(model):
        assert not any(module.training for module in model.modules())
    assert [module.training for module in model.modules()] == [True, True, False]
    with pytest.raises(AttributeError), evaluating(model):
        model.get_submodule("missing")
    assert [module.training for module in model.modules()] == [True, True, False]
