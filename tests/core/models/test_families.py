"""A toy family, added as CONTRIBUTING says: its own module, a line in FAMILIES and one in MODELS."""

import json
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from videos import write_video

import dtfviz
from dtfviz.core.models.building import build_model, takes
from dtfviz.core.models.card import Layer
from dtfviz.core.models.catalogue import MODELS, Entry
from dtfviz.core.models.families import FAMILIES, Family, Recognised
from dtfviz.core.models.families import load as load_target
from dtfviz.core.models.loading.load import record_of
from dtfviz.core.store.checkpoint import write_checkpoint


class Toy(nn.Module):
    """One convolution over frames and pixels, and a mean."""

    def __init__(self, *, frames: int, num_classes: int, width: int = 4) -> None:
        super().__init__()
        self.frames = frames
        self.toy_conv = nn.Conv3d(3, width, 3, padding=1)
        self.toy_head = nn.Linear(width, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.toy_head(self.toy_conv(x).relu().mean(dim=(2, 3, 4)))

    def describe_layers(self) -> tuple[Layer, ...]:
        return (Layer("toy_conv", "BCTHW", self.frames),)


def recognise_toy(tensors):
    if "toy_conv.weight" not in tensors:
        return None
    width, classes = tensors["toy_conv.weight"].shape[0], tensors["toy_head.weight"].shape[0]
    return Recognised("toy", {"width": width, "num_classes": classes}, None, None)


def explain_toy(name, shape, card):
    return f"made for {shape[0]} toys" if name.startswith("toy_head") else ""


HERE = __name__
TOY = Family(
    f"{HERE}:Toy",
    f"{HERE}:recognise_toy",
    identity={"width": 4},
    usual={"num_classes": 5},
    explainer=f"{HERE}:explain_toy",
)


@pytest.fixture(autouse=True)
def toy(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert HERE in sys.modules  # what the strings of the record name
    monkeypatch.setitem(FAMILIES, "toy", TOY)
    monkeypatch.setitem(MODELS, "toy_small", Entry("toy", "a toy", "", 4, 16, 16, "toy_conv"))
    monkeypatch.setitem(MODELS, "toy_wide", Entry("toy", "a wide toy", "", 4, 16, 16, "toy_conv", {"width": 8}))


@pytest.fixture
def video():
    return str(write_video(Path("walk.mp4"), 8, size=(32, 32)))


def test_every_part_of_the_table_is_there():
    for family in FAMILIES.values():
        for target in (family.builder, family.recogniser, family.renamer, family.inflater, family.explainer):
            assert not target or callable(load_target(target))


def test_it_is_listed_with_its_layers_and_its_cost(inside):
    assert "toy_wide" in inside("models").stdout
    row = next(line for line in inside("models", "toy_wide").stdout.splitlines() if line.startswith("toy_conv"))
    assert row.split() == ["toy_conv", "8", "4", "16", "16"]
    counted = json.loads(inside("flops", "--model", "toy_wide", "--json").stdout)
    assert counted["macs"]["real"] == 8 * 3 * 27 * 4 * 16 * 16 + 8 * 5


@pytest.mark.parametrize("command", ["predict", "gradcam"])
def test_it_looks_at_videos(inside, video, command):
    done = inside(command, video, "--model", "toy_small", "--dpi" if command == "gradcam" else "--top", "50")
    assert done.returncode == 0
    assert "toy_small is UNTRAINED" in done.stderr


def test_it_comes_back_from_our_format_and_from_bare_tensors():
    """By its record, and by its shapes alone, as the line of MODELS that it is."""
    model = build_model("toy_wide", num_classes=3)
    write_checkpoint("ours.safetensors", model.state_dict(), record_of(model, {}))
    torch.save(model.state_dict(), "bare.pth")
    clip = torch.randn(1, 3, 4, 16, 16)
    for path in ("ours.safetensors", "bare.pth"):
        loaded = dtfviz.load_model(checkpoint=path)
        assert (loaded.card.name, loaded.card.family, loaded.card.trust) == ("toy_wide", "toy", "trained")
        assert torch.equal(loaded(clip), model(clip))


class Renamed(Toy):
    """Its parts are called what other families call theirs, or what they rename."""

    def __init__(self, *, frames: int, num_classes: int) -> None:
        super().__init__(frames=frames, num_classes=num_classes)
        self.conv1 = nn.Linear(2, 2)
        self.layer1 = nn.Sequential(nn.ModuleDict({"conv1": nn.Linear(2, 2)}))
        self.head = nn.Linear(2, 2)


def recognise_renamed(tensors):
    if "toy_conv.weight" not in tensors or "conv1.weight" not in tensors:
        return None
    return Recognised("renamed", {"num_classes": len(tensors["head.bias"])}, None, None)


def test_a_family_keeps_its_own_names_whatever_another_makes_of_them(monkeypatch):
    """Ours calls a `head` `fc`, and fails at the shapes of what it takes for a ResNet: neither is this family's."""
    family = Family(f"{HERE}:Renamed", f"{HERE}:recognise_renamed", identity={}, usual={"num_classes": 2})
    monkeypatch.delitem(FAMILIES, "toy")
    monkeypatch.setitem(FAMILIES, "renamed", family)
    monkeypatch.setitem(MODELS, "renamed_toy", Entry("renamed", "a toy", "", 4, 16, 16, "toy_conv"))
    model = build_model("renamed_toy")
    write_checkpoint("ours.safetensors", model.state_dict(), record_of(model, {}))
    torch.save(model.state_dict(), "bare.pth")
    for path in ("ours.safetensors", "bare.pth"):
        loaded = dtfviz.load_model(checkpoint=path)
        assert (loaded.card.name, loaded.card.trust) == ("renamed_toy", "trained")
        assert torch.equal(loaded.head.weight, model.head.weight)


def test_a_file_of_another_family_is_refused_with_its_own(inside, video):
    torch.save(build_model("toy_wide").state_dict(), "bare.pth")
    done = inside("predict", video, "--checkpoint", "bare.pth", "--model", "dtf_net_r50")
    assert done.returncode == 4
    assert "the file holds a toy model" in done.stderr
    done = inside("predict", video, "--checkpoint", "bare.pth", "--model", "toy_small")
    assert "the file has width 8, toy_small has 4" in done.stderr


def test_it_explains_its_own_shapes(inside, video):
    model = build_model("toy_small")
    tensors = model.state_dict() | {"toy_head.weight": torch.zeros(7, 4)}
    write_checkpoint("odd.safetensors", tensors, record_of(model, {}))
    assert "made for 7 toys" in inside("predict", video, "--checkpoint", "odd.safetensors").stderr


def test_what_it_does_not_offer_is_said_with_the_models_that_do(inside, video):
    done = inside("filters", video, "--model", "c2d_r50", "--frames", "4")
    assert done.returncode == 4
    assert "dtf_net_r50" in done.stderr
    assert "toy_wide" in done.stderr  # its convolution mixes steps
    assert "c2d_swin_s" not in done.stderr


def test_what_a_builder_takes_is_read_off_it():
    assert takes("toy_small", "width")
    assert not takes("toy_small", "temporal_blocks")
    assert takes("dtf_net_r50", "temporal_blocks")
    assert not takes("dtf_swin_s", "temporal_blocks")
