import pytest
import torch
from torch import nn
from torchvision.models.video import r2plus1d_18, r3d_18

import dtfviz
from dtfviz.core.analysis.filters.operators import find_operator, layers_with_operators, operators_of
from dtfviz.core.errors import ModelError, OptionError
from dtfviz.core.models.building import build_model
from dtfviz.core.models.dtf.block import DTFBlock
from dtfviz.core.models.dtf.temporal import FixedConv, Shift


def small(**arguments):
    with torch.device("meta"):
        return build_model(
            "dtf_net_r50", depths=(1, 2, 1, 1), widths=(16, 16, 16, 16), expansion=2, filter_layout="paper", **arguments
        )


@pytest.fixture(scope="module")
def r3d():
    return dtfviz.wrap(r3d_18(), frames=8, size=32, name="r3d_18", layers=["layer4.1", "layer3"])


def test_the_operator_of_a_layer_is_its_last_block():
    model = small()
    assert find_operator(model).path == "layer4.0.dtf_blk"
    assert find_operator(model, "layer2").path == "layer2.1.dtf_blk"
    assert find_operator(model, "layer2.0").path == "layer2.0.dtf_blk"
    assert find_operator(model, "layer2.0.dtf_blk").path == "layer2.0.dtf_blk"
    assert isinstance(find_operator(model).module, DTFBlock)


def test_it_is_the_one_that_the_card_names():
    for name in ("dtf_net_r101", "dtf_swin_s"):
        with torch.device("meta"):
            model = build_model(name)
        assert all(
            find_operator(model, layer.name).path == layer.temporal for layer in model.card.layers if layer.temporal
        )
        assert set(operators_of(model)) == {layer.temporal for layer in model.card.layers if layer.temporal}


def test_where_the_default_layer_has_none_the_last_operator_is_taken():
    operator = find_operator(small(temporal_blocks=("layer2.0", "layer3")))
    assert (operator.layer, operator.path) == ("layer3.0.dtf_blk", "layer3.0.dtf_blk")


def test_the_stages_that_have_one_are_listed(r3d):
    assert layers_with_operators(small(temporal_blocks=("layer2.0", "layer3"))) == ["layer2", "layer3"]
    assert layers_with_operators(r3d) == ["layer3", "layer4.1"]  # the layers it was wrapped with
    with pytest.raises(ModelError, match="has no temporal filter"):
        layers_with_operators(small(temporal="none"))


@pytest.mark.parametrize(("temporal", "kind"), [("dtf_1d", FixedConv), ("shift", Shift), ("dtf_f", DTFBlock)])
def test_other_operators_are_found_whole(temporal, kind):
    model = small(temporal=temporal)
    assert isinstance(find_operator(model, "layer2").module, kind)
    assert len(operators_of(model)) == 5


def test_convolutions_over_steps_of_anyones_model_are_operators(r3d):
    assert find_operator(r3d, "layer4.1").path == "layer4.1.conv2.0"
    assert "stem.0" in operators_of(r3d)
    factored = operators_of(r2plus1d_18())
    assert factored
    assert all(module.kernel_size == (3, 1, 1) for module in factored.values())


def test_a_dtf_block_goes_before_a_convolution_of_the_same_layer():
    model = small()
    model.layer4.append(nn.Conv3d(32, 32, 3))
    assert find_operator(model, "layer4").path == "layer4.0.dtf_blk"


def test_a_model_without_any_answers_which_models_have_them():
    with torch.device("meta"):
        model = build_model("c2d_r50")  # its stem makes steps of frames and mixes none
    with pytest.raises(ModelError, match="dtf_net_r50, dtf_net_r101, dtf_net_motion, dtf_swin_s") as caught:
        find_operator(model)
    assert "c2d_swin" not in caught.value.fact


def test_a_layer_without_any_answers_which_layers_have_them(r3d):
    model = small(temporal_blocks=("layer2.0", "layer3"))
    with pytest.raises(
        OptionError, match=r"layer4 of dtf_net_r50 has no temporal filter; .* one: layer2, layer2\.0, layer3"
    ):
        find_operator(model, "layer4")
    with pytest.raises(OptionError, match="no layer called 'layr2'; layers that have one: layer2"):
        find_operator(model, "layr2")
    with pytest.raises(OptionError, match=r"layers that have one: layer3, layer4\.1"):
        find_operator(r3d, "fc")
