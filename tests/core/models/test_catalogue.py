from dataclasses import FrozenInstanceError

import pytest
import torch

import dtfviz
from dtfviz.core.errors import DeviceError, OptionError
from dtfviz.core.models.building import build_model
from dtfviz.core.models.card import Card
from dtfviz.core.models.catalogue import MODELS, resolve
from dtfviz.core.models.families import FAMILIES, load


@pytest.mark.parametrize("name", MODELS)
def test_every_entry_builds_with_its_card(name):
    entry = MODELS[name]
    assert callable(load(FAMILIES[entry.family].builder))
    with torch.device("meta"):
        card = build_model(name).card
    assert (card.name, card.frames, card.size) == (name, entry.frames, entry.size)
    assert card.default_layer in [layer.name for layer in card.layers]
    assert any(layer.temporal for layer in card.layers) == name.startswith("dtf")
    assert not card.trained


def test_aliases_and_misspellings_are_understood():
    assert resolve("c2d_dtf_swin_vit_b_p4_w7") == "dtf_swin_b"
    aliases = [entry.alias for entry in MODELS.values() if entry.alias]
    assert len({*aliases, *MODELS}) == len(aliases) + len(MODELS)
    with pytest.raises(OptionError, match="no model is called ''"):
        resolve("")
    with pytest.raises(OptionError, match="did you mean dtf_net_r50"):
        resolve("dtf_net_50")


def test_the_defaults_are_those_of_the_paper():
    assert (MODELS["dtf_net_r50"].frames, MODELS["dtf_net_r50"].size, MODELS["dtf_net_r50"].cost_size) == (16, 224, 256)
    assert (MODELS["dtf_swin_b"].frames, MODELS["dtf_swin_b"].size) == (64, 224)


# parameters in millions for 400 classes, from the released code (weights_cor included, dead parameters not)
@pytest.mark.parametrize(
    ("name", "frames", "millions"),
    [
        ("c2d_r50", 16, 24.356), ("c2d_r101", 16, 43.348), ("dtf_net_r50", 16, 28.951), ("dtf_net_r50", 32, 33.608),
        ("dtf_net_r50", 64, 50.668), ("dtf_net_r101", 16, 52.067), ("dtf_net_r101", 64, 93.283),
        ("dtf_swin_s", 16, 75.142 - 16.78), ("dtf_swin_b", 64, 251.408 - 71.30), ("dtf_swin_l", 32, 354.826 - 86.45),
    ],
)  # fmt: skip
def test_parameters_are_as_many_as_released(name, frames, millions):
    with torch.device("meta"):
        count = sum(parameter.numel() for parameter in build_model(name, frames=frames).parameters())
    # dead parameters are known to 10 thousand, the others to a thousand
    assert count / 1e6 == pytest.approx(millions, abs=0.0006 if "swin" not in name else 0.006)


def test_the_public_api_gives_an_evaluated_model_and_the_same_one_twice():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    model, again = (dtfviz.load_model("c2d_dtf_resnet50", frames=8, num_classes=7) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not model.training
    assert (model.card.name, model.card.frames, model.card.num_classes) == ("dtf_net_r50", 8, 7)
    assert all(
        torch.equal(one, other)
        for one, other in zip(model.state_dict().values(), again.state_dict().values(), strict=True)
    )
    with torch.no_grad():
        assert model(torch.zeros(2, 3, 8, 32, 40)).shape == (2, 7)


def test_a_device_that_is_not_there_is_refused_by_name():
    with pytest.raises(DeviceError, match="cuda:9 is not there"):
        dtfviz.load_model("dtf_net_r50", device="cuda:9")


def test_the_api_lists_what_it_has_and_refuses_what_it_has_not():
    assert "load_model" in dir(dtfviz)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = dtfviz.nothing


def test_a_card_is_frozen():
    with torch.device("meta"):
        card: Card = build_model("c2d_r50").card
    with pytest.raises(FrozenInstanceError):
        card.frames = 3
