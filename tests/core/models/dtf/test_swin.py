import pytest
import torch
from recipe import fill_seeded, seeded_input
from released import assert_close, assert_samples, golden, golden_facts

from dtfviz.core.choices import PAPER, TEMPORAL
from dtfviz.core.errors import ModelError
from dtfviz.core.models.building import build_model
from dtfviz.core.models.dtf.swin import DropPath, DTFTransformer, partition, unpartition


def small_transformer(name):
    meta = golden_facts(name)["meta"]
    model = DTFTransformer(
        size=meta["img_size"], embed=32, depths=meta["depths"], heads=meta["num_heads"], num_classes=10
    )
    return fill_seeded(model.eval(), meta["seed"]), seeded_input(meta["input_tag"], meta["input_shape"], meta["seed"])


def outputs_of(model, names, x):
    kept = {}
    handles = [
        model.get_submodule(name).register_forward_hook(lambda _, __, out, name=name: kept.update({name: out}))
        for name in names
    ]
    kept["logits"] = model(x)
    for handle in handles:
        handle.remove()
    return kept


@torch.no_grad()
def test_the_three_stage_transformer_equals_the_released_code_stage_by_stage():
    data, (model, x) = golden("small_swin_112_io"), small_transformer("small_swin_112_io")
    block, filters = model.get_submodule("layers.2.blocks.0.dtf_block"), []
    block.register_forward_hook(
        lambda block, inputs, _: filters.append(torch.view_as_real(block.filter(block.enhance(inputs[0]))))
    )
    outputs = outputs_of(model, [f"layers.{stage}" for stage in range(3)], x)
    assert torch.equal(x, data["x"])
    for stage in range(3):
        assert_close(outputs[f"layers.{stage}"], data[f"feat.layers.{stage}"])
    assert_close(filters[0], data["final_filter.lastlayer.block0"])
    assert_close(outputs["logits"], data["logits"])
    assert_close(model.double()(x.double()), data["logits_f64"])


@torch.no_grad()
def test_the_four_stage_transformer_equals_the_released_code():
    data, (model, x) = golden("small_swin_224_io"), small_transformer("small_swin_224_io")
    assert_close(model(x), data["logits"])
    assert_close(model.double()(x.double()), data["logits_f64"])
    torch.testing.assert_close(model(x.double())[1:], model(x[1:].double()), rtol=0, atol=1e-12)


@torch.no_grad()
def test_swin_s_equals_the_released_code():
    name = "c2d_dtf_swin_vit_s_16x224"
    described = golden_facts(f"{name}_logits")
    data, meta = golden(f"{name}_logits"), described["meta"]
    model = fill_seeded(build_model(meta["model"]), meta["seed"], deep=True)
    x = seeded_input(meta["input_tag"], meta["input_shape"], meta["seed"])
    names = ["patch_embed", "layers.0", "layers.1", "layers.2", "layers.3", "norm"]
    outputs = outputs_of(model, names, x)
    for layer in names:
        assert_samples(outputs[layer], described["features"][layer])
    assert_close(outputs["logits"], data["logits"])
    assert_close(model.double()(x.double()), data["logits_f64"])


def test_names_are_the_released_ones_less_the_dead_parameters():
    theirs = set(golden_facts("small_swin_112_state_dict")["tensors"])
    model, _ = small_transformer("small_swin_112_io")
    ours = set(model.state_dict())
    dead = {name for name in theirs if name.endswith("blocks.0.conv.weight") or ".blocks.1.conv." in name}
    dead |= {name for name in theirs if ".blocks.1.dtf_block." in name and not name.startswith("layers.2")}
    assert theirs - ours == dead
    assert not ours - theirs


def test_windows_put_together_again_are_the_grid(draw):
    grid = draw(2, 14, 14, 3)
    windows = partition(grid, 7)
    assert windows.shape == (2, 4, 49, 3)
    assert torch.equal(windows[1, 1, 0], grid[1, 0, 7])
    assert torch.equal(unpartition(windows, 7, 14), grid)


@pytest.mark.parametrize("temporal", TEMPORAL)
def test_every_variant_runs_in_the_transformer(draw, temporal):
    model = DTFTransformer(
        frames=8, size=56, embed=32, depths=(2, 2), heads=(2, 2), num_classes=3, temporal=temporal,
        filter_layout=PAPER, factor_g=8, alpha_init=0.5,
    ).eval()  # fmt: skip
    assert model(draw(2, 3, 8, 56, 56).float()).shape == (2, 3)
    slots = [name for name, _ in model.named_modules() if name.endswith("dtf_block")]
    assert bool(slots) == (temporal != "none")


def test_thirteen_blocks_filter_at_224_and_twelve_at_448():
    with torch.device("meta"):
        for size, expected in ((224, 13), (448, 12)):
            layers = build_model("dtf_swin_b", size=size).card.layers
            assert sum(layer.temporal is not None for layer in layers if "blocks" in layer.name) == expected


@pytest.mark.parametrize(("size", "hint"), [(256, "size=224"), (400, "size=448"), (112, "size=224")])
def test_sizes_that_windows_do_not_divide_are_refused_with_one_that_works(size, hint):
    with pytest.raises(ModelError, match=hint):
        DTFTransformer(size=size)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((1, 3, 32, 112, 112), "32 frames, the model was built for 16"),
        ((1, 3, 16, 112, 224), "224 x 112 pixels, .* 112 x 112"),
    ],
)
def test_clips_that_do_not_fit_are_refused_with_both_numbers(shape, words):
    model, _ = small_transformer("small_swin_112_io")
    with pytest.raises(ModelError, match=words):
        model(torch.zeros(shape))


def test_drop_path_leaves_out_whole_tubelets_and_keeps_the_mean():
    torch.manual_seed(0)
    out = DropPath(0.25).train()(torch.ones(4000, 2, 2, dtype=torch.float64))
    rows = out.flatten(1)
    assert torch.equal(rows, rows[:, :1].expand_as(rows))
    assert set(rows[:, 0].tolist()) == {0.0, 1 / 0.75}
    assert float(rows.mean()) == pytest.approx(1, abs=0.03)  # 4 standard errors
