import json
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torchvision.models.video import mc3_18, mvit_v2_s, swin3d_t

import dtfviz
from dtfviz.core.models.wrapped.feeding import USUAL, Feeding, colours_of, settle_feeding

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
KINETICS = (USUAL.mean, USUAL.std)


@pytest.mark.parametrize(
    ("make", "size", "colours"),
    [(swin3d_t, 224, IMAGENET), (mvit_v2_s, 224, ((0.45,) * 3, (0.225,) * 3)), (mc3_18, 112, KINETICS)],
)
def test_torchvisions_models_are_fed_as_their_weights_were_trained(make, size, colours):
    with torch.device("meta"):
        fed, (remark,) = settle_feeding(make(), Feeding(frames=16))
    assert (fed.size, (fed.mean, fed.std)) == (size, colours)
    assert f"{size} pixels" in remark
    assert "torchvision" in remark


def test_timms_models_are_fed_by_their_configuration_and_what_is_stated_comes_first():
    module = nn.Identity()
    module.pretrained_cfg = {"mean": (0.5,) * 3, "std": (0.25,) * 3, "input_size": (3, 96, 96)}
    fed, remarks = settle_feeding(module, Feeding(frames=4, mean=(0.1,) * 3))
    assert (fed.size, fed.mean, fed.std) == (96, (0.1,) * 3, (0.25,) * 3)
    assert remarks == ("assumed of its clips: 96 pixels, std 0.25/0.25/0.25, as its timm configuration says",)


def test_transformers_models_are_fed_by_their_configuration_and_the_processor_beside_their_weights(tmp_path):
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0.5] * 3, "image_std": [0.2] * 3}))
    said = {"image_size": 32, "num_frames": 8, "_name_or_path": str(tmp_path)}
    module = nn.Identity()
    module.config, module.main_input_name = SimpleNamespace(to_dict=lambda: said), "pixel_values"
    fed, _ = settle_feeding(module, Feeding())
    assert fed == Feeding(8, 32, (0.5,) * 3, pytest.approx((0.2,) * 3), "BTCHW", "logits")


def test_a_processor_that_scales_to_both_sides_of_zero_is_the_same_step_from_zero_to_one():
    mean, std = colours_of({"image_mean": [0.5], "image_std": [0.5], "rescale_factor": 1 / 127.5, "offset": True})
    for byte in (0, 255):
        by_hand = ((byte / 127.5 - 1) - 0.5) / 0.5
        assert (byte / 255 - mean[0]) / std[0] == pytest.approx(by_hand)


def test_what_nothing_says_is_remarked_on():
    module = nn.Sequential(nn.Conv3d(3, 4, 1), nn.AdaptiveAvgPool3d(1), nn.Flatten())
    remarks = dtfviz.wrap(module, frames=4, size=8).card.assumed
    assert remarks == (
        "assumed of its clips: mean 0.432/0.395/0.376, std 0.228/0.221/0.217, which nothing says: state what it was "
        "trained on",
    )
    stated = dtfviz.wrap(module, frames=4, size=8, mean=(0.5,) * 3, std=(0.5,) * 3)
    assert stated.card.assumed == ()
