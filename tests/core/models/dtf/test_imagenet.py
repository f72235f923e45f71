import pytest
import torch
from released import golden
from torchvision.models import resnet50, swin_s

from dtfviz.core.models.building import build_model
from dtfviz.core.models.dtf.imagenet import inflate, is_image_model, our_name


def parts(case):
    return {
        name.removeprefix(f"{case}."): tensor
        for name, tensor in golden("transfer_weights").items()
        if name.startswith(f"{case}.")
    }


@pytest.mark.parametrize("family", ["resnet", "swin"])
@pytest.mark.parametrize("early_stride", [1, 2, 4, 8])
def test_inflation_equals_the_released_transfer(family, early_stride):
    ours, theirs = inflate(parts(f"{family}.in"), early_stride), parts(f"{family}.es{early_stride}")
    dead = {
        name for name in theirs if name.endswith("conv.weight") and "blocks" in name
    }  # zeros that no forward pass reads
    assert theirs.keys() - dead == ours.keys()
    for name, tensor in ours.items():
        assert torch.equal(tensor.to(theirs[name].dtype), theirs[name])


def test_an_image_and_a_video_file_are_told_apart():
    assert is_image_model(parts("resnet.in"))
    assert is_image_model(parts("swin.in"))
    assert not is_image_model(parts("resnet.es4"))
    assert not is_image_model({"fc.weight": torch.zeros(2, 2)})


def test_torchvision_names_are_the_ones_of_our_nets():
    with torch.device("meta"):
        theirs, ours = resnet50().state_dict(), build_model("c2d_r50", num_classes=1000).state_dict()
    assert {our_name(name, theirs) for name in theirs} == set(ours)


def test_torchvision_swin_names_become_ours_but_for_the_patch_norm():
    with torch.device("meta"):
        theirs, ours = swin_s().state_dict(), build_model("c2d_swin_s", num_classes=1000).state_dict()
    renamed = {our_name(name, theirs): tensor for name, tensor in inflate(theirs, 4).items()}
    masks = {name for name in ours if name.endswith("attn_mask")}  # torchvision computes them in every forward pass
    assert set(ours) - masks == set(renamed) - {"patch_embed.norm.weight", "patch_embed.norm.bias"}
    weights = {name for name in ours if name.endswith(("weight", "bias", "bias_table"))} - {"patch_embed.proj.weight"}
    assert all(renamed[name].shape == ours[name].shape for name in weights)


def test_official_and_timm_swin_names_become_ours():
    with torch.device("meta"):
        ours = build_model("c2d_swin_s").state_dict()
    official = {
        name.replace("fc.", "head.", 1) if name.startswith("fc.") else name: tensor for name, tensor in ours.items()
    }
    assert [our_name(name, official) for name in official] == list(ours)

    def timm(name):  # merging stands before the blocks of the next stage, and the classifier inside a head
        stage = name.split(".")[1] if ".downsample." in name else None
        name = name.replace(f"layers.{stage}.", f"layers.{int(stage) + 1}.", 1) if stage else name
        return name.replace("fc.", "head.fc.", 1) if name.startswith("fc.") else name

    theirs = {timm(name): tensor for name, tensor in ours.items()}
    assert [our_name(name, theirs) for name in theirs] == list(ours)
