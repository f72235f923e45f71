"""Nets so small that what every tool counts of them, and what it leaves out, is known by hand."""

import importlib.util
import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch
from torch import nn

import dtfviz
from dtfviz.core.analysis.cost.against import count_by_others, explain_outside
from dtfviz.core.analysis.cost.others import TOOLS, check_installed
from dtfviz.core.errors import DeviceError
from dtfviz.core.render.cost.against import reasons

CONV = 3 * 4 * 27 * 4 * 8 * 8  # MACs of the convolution below, on a clip of 4 frames at 8 x 8
MIX = 4 * 64**2 * 4  # of the product of the 4 channels with themselves, over the 64 places of each of 4 frames


class MyConv(nn.Conv3d):
    """By another name."""


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = MyConv(3, 4, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm3d(4)
        self.tokens = nn.Linear(4, 8, bias=False)

    def forward(self, clip):
        feature = self.norm(self.conv(clip))
        seen = feature.flatten(3).transpose(1, 2)  # (B, frames, channels, places)
        product = seen.transpose(2, 3) @ seen
        return self.tokens(feature.flatten(2).transpose(1, 2)).mean() + product.mean()


@pytest.fixture(scope="module")
def counted():
    net = Net()
    ours = dtfviz.cost(net, (1, 3, 4, 8, 8))
    tools = ("ptflops", "thop", "torchinfo")
    return ours, dict(zip(tools, count_by_others(net, ours, tools), strict=True))


def part(one, name):
    return next((part for part in one.parts if part.name == name), None)


def test_the_net_costs_what_it_does_by_hand(counted):
    ours, _ = counted
    assert {row.name: row.once for row in ours.by_operator} == {
        "convolution": CONV,
        "linear": 4 * 8 * 4 * 64,
        "attention": MIX,
    }


def test_a_tool_that_goes_by_exact_type_does_not_know_a_subclass(counted):
    _, others = counted
    for tool in ("ptflops", "thop"):
        conv = part(others[tool], "MyConv")
        assert (conv.calls, conv.ours, conv.theirs, conv.reason, conv.base) == (1, CONV, 0, "exact type", "Conv3d")
    assert part(others["torchinfo"], "MyConv") is None, "it goes by the weights"


def test_what_no_module_computes_is_missed(counted):
    _, others = counted
    for one in others.values():  # ptflops looks into torch's functions, but not into the operator @ of a tensor
        outside = part(one, "")
        assert (outside.ours, outside.theirs, outside.missed) == (MIX, 0, ("attention",))


def test_norms_and_single_positions_are_told_apart(counted):
    ours, others = counted
    norm = part(others["thop"], "BatchNorm3d")
    assert norm.ours == 0
    assert norm.theirs >= 4 * 4 * 64
    linear = part(others["torchinfo"], "Linear")
    assert (linear.ours, linear.theirs, linear.reason) == (4 * 8 * 256, 4 * 8, "one position")
    for one in others.values():  # reasons explain all of a difference, but what is too small to name
        told = sum(part.theirs - part.ours for part in one.parts)
        assert abs(one.macs - ours.whole.real - told) <= 3e-3 * ours.whole.real


def test_reasons_in_words(counted):
    _, others = counted
    said = "\n".join(line for one in others.values() for line in reasons(one))
    assert "thop: -0.000083 G: does not see that 1 MyConv are Conv3d (it goes by the exact type)" in said
    assert "misses attention, which no module of its own computes" in said
    assert "counts one position of 1 Linear, whatever the length of the clip" in said
    assert "BatchNorm3d, which multiply-add nothing" in said


def test_complex_products_may_be_taken_once_and_others_missed():
    kinds = {"complex mixing": (10, 40), "fft": (7, 7), "softmax": (3, 3)}
    assert explain_outside(kinds, 50) == ((), ())
    assert explain_outside(kinds, 20) == ((), ("complex mixing",))
    assert explain_outside(kinds, 17) == (("softmax",), ("complex mixing",))
    assert explain_outside(kinds, 40) == (("fft", "softmax"), ())
    assert explain_outside(kinds, 29) == ((), ()), "no choice gives 29"


def test_the_model_is_as_it_was(counted):
    net = Net().train()
    before = set(net.state_dict()), [bool(module._forward_hooks) for module in net.modules()]
    count_by_others(net, dtfviz.cost(net, (1, 3, 4, 8, 8)), ("ptflops", "thop", "torchinfo"))
    assert before == (set(net.state_dict()), [bool(module._forward_hooks) for module in net.modules()])
    assert net.training


def test_a_tool_that_is_not_there_or_fails_says_so(monkeypatch):
    def fail(model, x):
        raise KeyError("no such operator")

    stranger = ModuleType("fvcore.nn")
    stranger.FlopCountAnalysis = fail
    monkeypatch.setitem(sys.modules, "fvcore.nn", stranger)
    monkeypatch.setattr("dtfviz.core.analysis.cost.others.version", lambda name: "1")
    net = nn.Sequential(nn.Conv3d(3, 2, 1))
    (failing,) = count_by_others(net, dtfviz.cost(net, (1, 3, 2, 4, 4)), ("fvcore",))
    assert failing.macs is None
    assert reasons(failing) == ["fvcore: fails: KeyError: 'no such operator'"]
    monkeypatch.undo()
    if not importlib.util.find_spec("calflops"):
        (missing,) = count_by_others(net, dtfviz.cost(net, (1, 3, 2, 4, 4)), ("calflops",))
        assert reasons(missing) == ["calflops: not installed"]
        with pytest.raises(DeviceError, match=r"pip install 'dtfviz\[compare\]'"):
            check_installed(["calflops"])


def test_a_tool_that_traces_gets_memory(monkeypatch):
    """Buffers too: an index into a table must not be what memory happened to hold."""

    class Indexed(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(3, 3))
            self.register_buffer("index", torch.tensor([2, 1]))

        def forward(self, x):
            return x.mean() + self.weight[self.index].sum()

    def trace(model, x):
        assert not x.is_meta
        assert float(model(x)) == 0
        return SimpleNamespace(total=lambda: 5)

    stranger = ModuleType("fvcore.nn")
    stranger.FlopCountAnalysis = trace
    monkeypatch.setitem(sys.modules, "fvcore.nn", stranger)
    assert TOOLS["fvcore"].macs(Indexed().to("meta"), torch.empty(1, 3, 2, 4, 4, device="meta")) == 5


def test_a_model_that_does_nothing_costs_nothing():
    assert dtfviz.cost(nn.Identity(), (1, 3, 2, 4, 4)).whole.real == 0
