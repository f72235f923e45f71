import pytest
import torch

from dtfviz.core.analysis.capture import capture
from dtfviz.core.errors import ModelError
from dtfviz.core.models.resnet import DTFNet


def test_hooks_go_with_the_block_even_when_it_fails():
    net = DTFNet(depths=(1, 1, 1, 1), num_classes=3)
    with pytest.raises(ModelError), capture(net, net.describe_layers()):
        net(torch.zeros(1, 3, 5, 8, 8))
    assert not any(module._forward_hooks for module in net.modules())
