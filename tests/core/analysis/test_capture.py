import pytest
import torch

from dtfviz.core.analysis.capture import as_clip, capture
from dtfviz.core.errors import ModelError
from dtfviz.core.models.card import Layer
from dtfviz.core.models.resnet import DTFNet


def test_hooks_go_with_the_block_even_when_it_fails():
    net = DTFNet(depths=(1, 1, 1, 1), num_classes=3)
    with pytest.raises(ModelError), capture(net, net.describe_layers()):
        net(torch.zeros(1, 3, 5, 8, 8))
    assert not any(module._forward_hooks for module in net.modules())


def test_tokens_become_a_clip(draw):
    clip = draw(2, 5, 3, 4, 4)  # B C T H W
    tokens = clip.permute(0, 2, 3, 4, 1).flatten(0, 1).flatten(1, 2)
    assert torch.equal(as_clip(tokens, Layer("any", "(BT)(HW)C", 3)), clip)
    assert as_clip(clip, Layer("any", "BCTHW", 3)) is clip
