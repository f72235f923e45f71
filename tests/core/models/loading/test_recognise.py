import pytest
import torch

from dtfviz.core.models.building import build_model
from dtfviz.core.models.catalogue import MODELS
from dtfviz.core.models.dtf.resnet import DTFNet
from dtfviz.core.models.loading.recognise import check_name, recognise


def state_of(name, **arguments):
    with torch.device("meta"):
        return build_model(name, **arguments).state_dict()


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("frames", "num_classes"), [(16, 400), (32, 174)])
def test_every_model_is_recognised_with_its_clip_length_and_classes(name, frames, num_classes):
    found = recognise(state_of(name, frames=frames, num_classes=num_classes))
    assert found.name == name
    assert found.frames == (frames if name.startswith("dtf") else None)
    assert found.arguments["num_classes"] == num_classes
    assert found.arguments["early_stride"] == MODELS[name].arguments.get("early_stride", 4)
    assert check_name(name, found) is None


def test_strides_are_in_no_tensor_and_come_with_the_name():
    assert recognise(state_of("dtf_net_motion")).arguments["strides"] == (1, 2, 1, 1)
    assert recognise(state_of("dtf_net_r50")).arguments["strides"] == (1, 2, 2, 2)


def test_the_size_of_a_transformer_is_read_off_its_masks():
    assert recognise(state_of("dtf_swin_s", size=448)).size == 448
    assert recognise(state_of("dtf_net_r50")).size is None


@pytest.mark.parametrize("temporal", ["none", "dtf", "dtf_agg", "dtf_nofa", "dtf_f", "dtf_1d", "dtf_1d+"])
@pytest.mark.parametrize("early_stride", [1, 2])
def test_a_net_of_other_shape_is_read_back_as_it_was_built(temporal, early_stride):
    arguments = {
        "depths": (1, 2),
        "widths": (16, 32),
        "strides": (1, 2),
        "stem_width": 24,
        "expansion": 2,
        "factor_g": 8,
        "num_classes": 7,
        "early_stride": early_stride,
        "temporal": temporal,
        "temporal_blocks": ("layer1.0", "layer2.1"),
    }
    with torch.device("meta"):
        found = recognise(DTFNet(**arguments, frames=8).state_dict())
    assert found.name is None
    for key, value in found.arguments.items():
        assert value == arguments[key], key
    if temporal in ("dtf", "dtf_agg", "dtf_nofa", "dtf_1d+"):
        assert found.frames == 8
        assert found.arguments["factor_g"] == 8
    assert found.arguments.get("temporal_blocks") == (None if temporal == "none" else ("layer1.0", "layer2.1"))


def test_deep_stems_and_image_models_are_recognised():
    with torch.device("meta"):
        assert recognise(DTFNet(deep_stem=True).state_dict()).arguments["deep_stem"]
    state = {name: tensor.squeeze(2) if tensor.dim() == 5 else tensor for name, tensor in state_of("c2d_r50").items()}
    state["conv1.weight"] = state["conv1.weight"][:, :, 2]
    found = recognise(state)
    assert found.is_image_model
    assert (found.name, check_name("c2d_r50", found), check_name("dtf_net_r50", found)) == ("dtf_net_r50", None, None)


@pytest.mark.parametrize(
    ("asked", "words"),
    [("dtf_net_r101", r"depths \(3, 4, 6, 3\)"), ("dtf_swin_b", "holds a dtf_net"), ("c2d_r50", "temporal dtf")],
)
def test_another_name_than_the_files_is_refused_with_the_reason(asked, words):
    import re

    assert re.search(words, check_name(asked, recognise(state_of("dtf_net_r50"))))


def test_tensors_of_another_kind_are_nobody():
    assert recognise({"encoder.weight": torch.zeros(2)}) is None


@pytest.mark.parametrize(
    "name", ["layer2.0.conv1.weight", "conv1.weight", "layer1.0.dtf_blk.filter_g.weight", "fc.weight"]
)
def test_shapes_that_no_model_can_have_are_no_crash(name):
    state = state_of("dtf_net_r50")
    for damaged in (
        {key: value for key, value in state.items() if key != name},
        state | {name: torch.zeros(())},
        state | {name: torch.zeros(0, 0, 0, 0, 0)},
    ):
        found = recognise(damaged)
        assert found is None or found.family == "dtf_net"
