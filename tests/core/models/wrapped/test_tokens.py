import shlex

import pytest
import torch
from torch import nn

import dtfviz
from dtfviz.core.models.layouts import as_clip
from dtfviz.core.models.wrapped.layers import likely_tokens

FRAMES, SIZE, WIDTH, CLASSES = 8, 32, 16, 5


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm, self.mix = nn.LayerNorm(WIDTH), nn.MultiheadAttention(WIDTH, 2, batch_first=True)

    def forward(self, x):
        y = self.norm(x)
        return x + self.mix(y, y, y, need_weights=False)[0]


class Tokens(nn.Module):
    """A patch embedding, blocks of tokens, and a head: 4 steps of 4 x 4, a class token first if it is read."""

    def __init__(self, *, has_class_token: bool, is_by_place: bool) -> None:
        super().__init__()
        self.patches, self.join = nn.Conv3d(3, WIDTH, (2, 8, 8), stride=(2, 8, 8)), nn.Identity()
        self.blocks, self.norm, self.head = (
            nn.ModuleList([Block(), Block()]),
            nn.LayerNorm(WIDTH),
            nn.Linear(WIDTH, CLASSES),
        )
        self.has_class_token, self.is_by_place = has_class_token, is_by_place

    def forward(self, x):
        x = self.patches(x)
        x = (x.permute(0, 3, 4, 2, 1) if self.is_by_place else x.permute(0, 2, 3, 4, 1)).flatten(1, 3)
        x = torch.cat([x.mean(1, keepdim=True), x], dim=1) if self.has_class_token else x
        x = self.join(x)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        return self.head(x[:, 0] if self.has_class_token else x.mean(1))


@pytest.mark.parametrize("is_by_place", [False, True])
@pytest.mark.parametrize(("has_class_token", "default"), [(False, "blocks.1"), (True, "blocks.0")])
def test_tokens_are_read_in_the_grid_of_the_patch_embedding_and_in_their_order(has_class_token, default, is_by_place):
    model = dtfviz.wrap(Tokens(has_class_token=has_class_token, is_by_place=is_by_place), frames=FRAMES, size=SIZE)
    layer = model.card.layer("join")
    assert (model.card.default_layer, layer.steps, layer.grid) == (default, 4, (4, 4))
    kept = {}
    for name in ("patches", "join"):
        model.get_submodule(name).register_forward_hook(lambda _, __, output, name=name: kept.update({name: output}))
    model(torch.randn(1, 3, FRAMES, SIZE, SIZE))
    assert torch.equal(as_clip(kept["join"], layer), kept["patches"])  # each token where its patch was


class Linear(Tokens):
    """Patches cut by hand: nothing of the run tells their grid."""

    def forward(self, x):
        x = self.join(x.flatten(2).transpose(1, 2)[:, :64] @ torch.ones(3, WIDTH))
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(1))


def test_a_grid_that_nothing_tells_is_asked_for_and_may_be_stated():
    module = Linear(has_class_token=False, is_by_place=False)
    card = dtfviz.wrap(module, frames=FRAMES, size=SIZE).card
    assert (card.default_layer, "state its layout" in card.assumed[-1]) == ("", True)
    stated = dtfviz.wrap(module, frames=FRAMES, size=SIZE, layers={"blocks.1": "B(THW)C"}, grid=(2, 4, 8)).card
    assert (stated.default_layer, stated.layer("blocks.1").grid) == ("blocks.1", (4, 8))


def untold():
    """A factory for the command line."""
    return Linear(has_class_token=False, is_by_place=False)


@pytest.mark.parametrize("layout", ["B(THW)C", "B(HWT)C", "BCTHW"])
def test_what_to_try_for_tokens_in_a_grid_that_nothing_tells_is_a_command_that_works(inside, layout):
    done = inside(
        "probe", "--model", f"{__file__}:untold", "--frames", "8", "--size", "32", "--layout", f"blocks.1={layout}"
    )
    assert (done.returncode, done.stdout) == (2, "")
    words = shlex.split(done.stderr.splitlines()[-1].removeprefix("  try: "))
    named = layout if layout != "BCTHW" else "B(THW)C"
    assert words[-4:] == ["--layout", f"blocks.1={named}", "--grid", "4x4x4"]
    assert words.count("--layout") == 1
    again = inside(*words[1:])
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(
    ("shape", "stated", "likely"),
    [
        ((2, 1568, 384), None, ("B(THW)C", (8, 14, 14))),
        ((2, 1569, 384), None, ("B(1+THW)C", (8, 14, 14))),
        ((16, 197, 384), None, ("(BT)(1+HW)C", (8, 14, 14))),
        ((2, 224, 384), "B(HWT)C", ("B(HWT)C", (16, 2, 7))),
        ((3, 5, 384), None, None),
        ((2, 0, 384), None, None),
    ],
)
def test_a_grid_that_is_offered_fits_the_shape(shape, stated, likely):
    assert likely_tokens(shape, stated, 16) == likely


def test_a_pool_inside_the_head_is_not_the_default():
    head = nn.Sequential(nn.Conv3d(4, 6, 1), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten())
    module = nn.Sequential(nn.Sequential(nn.Conv3d(3, 4, 3, padding=1), nn.ReLU()), head)
    assert dtfviz.wrap(module, frames=4, size=8).card.default_layer == "0"


@pytest.mark.parametrize("kind", ["VideoMAE", "Vivit", "Timesformer", "VJEPA2"])
def test_the_models_of_transformers_are_read(kind):
    library = pytest.importorskip("transformers")
    common = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_labels": CLASSES}
    own = {
        "VideoMAE": {"image_size": SIZE, "patch_size": 8, "num_frames": FRAMES, "intermediate_size": 64},
        "Vivit": {"image_size": SIZE, "tubelet_size": [2, 8, 8], "num_frames": FRAMES, "intermediate_size": 64},
        "Timesformer": {"image_size": SIZE, "patch_size": 8, "num_frames": FRAMES, "intermediate_size": 64},
        "VJEPA2": {
            "crop_size": SIZE,
            "patch_size": 8,
            "frames_per_clip": FRAMES,
            "pred_hidden_size": 32,
            "pred_num_attention_heads": 2,
            "pred_num_hidden_layers": 1,
            "num_pooler_layers": 1,
        },
    }[kind]
    config = getattr(library, f"{kind}Config")(**common, **own)
    model = dtfviz.wrap(getattr(library, f"{kind}ForVideoClassification")(config))
    layer = model.card.layer(model.card.default_layer)
    assert (model.card.frames, model.card.size, layer.grid) == (FRAMES, SIZE, (4, 4))
    assert layer.steps == (8 if kind == "Timesformer" else 4)
    assert ".layer" in layer.name or layer.name.startswith("pooler")
    assert ("HWT" in layer.layout) == (kind == "Timesformer")
