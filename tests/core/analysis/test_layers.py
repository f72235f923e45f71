import torch

from dtfviz.core.analysis.layers import describe_layers
from dtfviz.core.models.building import build_model


def shapes(name, **arguments):
    with torch.device("meta"):
        return {layer.name: layer for layer in describe_layers(build_model(name, **arguments)).layers}


def test_shapes_of_a_net_are_per_step_and_follow_the_size():
    layers = shapes("dtf_net_r50", frames=32, size=256)
    assert layers["layer4"].shape == (2048, 8, 8, 8)
    assert layers["layer1.0"].shape == (256, 8, 64, 64)
    assert layers["layer3"].temporal == "layer3.5.dtf_blk"


def test_shapes_of_a_transformer_are_grids_of_tokens():
    layers = shapes("dtf_swin_b")
    assert layers["layers.3"].shape == (1024, 16, 7, 7)
    assert layers["layers.2.blocks.0"].shape == (512, 16, 14, 14)
    assert layers["layers.2.blocks.1"].temporal is None


def test_a_plain_backbone_has_no_temporal_operator():
    assert not any(layer.temporal for layer in shapes("c2d_r101").values())
