import pytest
import torch
from blocks import random_block
from released import assert_close, golden, golden_facts
from torch.fft import rfft

from dtfviz.core.choices import PAPER, RELEASED
from dtfviz.core.errors import ModelError
from dtfviz.core.models.dtf.block import DTFBlock, expand_filter
from dtfviz.core.ops import aggregate_steps

BLOCKS = [f"dtfblock_c16_{case}" for case in ("T1", "T2", "T4", "T4_wcrand", "T5_wcrand", "T8", "T16")]
STEPS = [1, 2, 4, 5, 8, 16]
LAYOUTS = [RELEASED, PAPER]


def golden_block(data, steps, dtype):
    block = DTFBlock(16, steps).eval()
    block.load_state_dict(
        {key.removeprefix("state_dict."): value for key, value in data.items() if key.startswith("state_dict.")}
    )
    return block.to(dtype)


def as_real(spectrum):
    return torch.view_as_real(spectrum)


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize(("dtype", "suffix"), [(torch.float64, "_f64"), (torch.float32, "")])
def test_every_intermediate_tensor_and_gradient_equals_the_released_code(name, dtype, suffix):
    data = golden(name)
    block = golden_block(data, golden_facts(name)["meta"]["T"], dtype)
    x = data["x"].to(dtype).requires_grad_()
    enhanced = block.enhance(x)
    assert enhanced.correlation is not None
    filter = block.filter(enhanced)
    spectrum = rfft(enhanced.feature, dim=2, norm="ortho")
    mixed = block.linear1(filter * spectrum)
    steps = {
        "corr": enhanced.correlation,
        "attn": enhanced.correlation.softmax(dim=1),
        "aggregated": aggregate_steps(x, enhanced.correlation),
        "enhanced": enhanced.feature,
        "predicted_filter": block.predict(enhanced),
        "spectrum": as_real(spectrum),
        "final_filter": as_real(filter),
        "modulated": as_real(filter * spectrum),
        "after_linear": as_real(mixed),
        "after_norm": as_real(block.norm1(mixed)),
        "out": block(x),
    }
    for step, value in steps.items():
        assert_close(value, data[step + suffix])
    (steps["out"] * data["gout"].to(dtype)).sum().backward()
    assert_close(x.grad, data["grad_x" + suffix])
    for parameter, value in block.named_parameters():
        if value.requires_grad:
            assert_close(value.grad, data[f"grad_param.{parameter}{suffix}"])


@pytest.mark.parametrize("name", BLOCKS)
def test_a_training_step_moves_the_norm_as_released(name):
    data = golden(name)
    block = golden_block(data, golden_facts(name)["meta"]["T"], torch.float32).train()
    assert_close(block(data["x"]), data["train_out"])
    assert_close(block.norm1.norm.running_mean, data["train_running_mean_after"])
    assert_close(block.norm1.norm.running_var, data["train_running_var_after"])


def test_state_dict_order_is_the_released_one():
    expected = [
        key.removeprefix("state_dict.") for key in golden_facts(BLOCKS[2])["tensors"] if key.startswith("state_dict.")
    ]
    assert list(DTFBlock(16, 4).state_dict()) == expected
    assert not DTFBlock(16, 4).weights_cor.requires_grad


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("steps", STEPS)
def test_a_fresh_block_is_the_identity(draw, layout, steps):
    block = DTFBlock(32, steps, filter_layout=layout).double()
    x = draw(2, 32, steps, 3, 4)
    assert torch.equal(block(x), x)


@pytest.mark.parametrize("steps", STEPS)
def test_an_all_ones_filter_changes_nothing_and_a_phase_ramp_shifts(draw, steps):
    """With identity mixing, a norm that divides by 1, and alpha 1, the block adds the filtered feature itself."""
    block = DTFBlock(8, steps, factor_g=8, filter_layout=PAPER).double().eval()
    with torch.no_grad():
        block.alpha1.fill_(1)
        block.linear1.complex_weight.copy_(torch.stack([torch.eye(8), torch.zeros(8, 8)], dim=-1))
        block.norm1.norm.running_var.fill_(1 - block.norm1.norm.eps)
    feature = draw(1, 8, steps, 2, 2)
    ones = torch.ones(1, 8, block.bins, 1, 1, dtype=torch.complex128)
    torch.testing.assert_close(block.respond(feature, ones), feature, rtol=0, atol=1e-14)
    ramp = torch.exp(-2j * torch.pi * torch.arange(block.bins, dtype=torch.float64) / steps).view(1, 1, -1, 1, 1)
    torch.testing.assert_close(block.respond(feature, ramp), feature.roll(1, dims=2), rtol=0, atol=1e-14)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("steps", STEPS)
def test_the_effective_kernel_convolved_circularly_equals_the_block(draw, layout, steps):
    block = random_block(draw, 32, steps, layout)
    x = draw(1, 32, steps, 2, 3)
    enhanced = block.enhance(x)
    filter, out, row, col = block.filter(enhanced), block(x), 1, 2
    kernel = block.effective_kernel(filter[0, :, :, row, col])  # [out, in, T]
    lagged = torch.stack(
        [enhanced.feature[0, :, :, row, col].roll(lag, dims=1) for lag in range(steps)]
    )  # [lag, in, T]
    convolved = torch.einsum("oil,lit->ot", kernel, lagged)
    expected = x[0, :, :, row, col] + convolved + block.effective_offset()
    torch.testing.assert_close(out[0, :, :, row, col], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("steps", [4, 5, 8, 16])
def test_channels_of_a_group_share_one_filter_in_the_paper_layout(draw, steps):
    block = random_block(draw, 48, steps, PAPER)
    filter = block.filter(block.enhance(draw(1, 48, steps, 3, 3)))
    groups = filter.unflatten(1, (3, 16))
    assert torch.equal(groups, groups[:, :, :1].expand_as(groups))
    assert not torch.equal(filter[:, 0], filter[:, 16])
    assert not torch.equal(filter[:, 0, 1].real, filter[:, 0, 1].imag)


@pytest.mark.parametrize(("steps", "single"), [(4, 0.75), (8, 0.5), (16, 0.0)])
def test_a_released_filter_is_nearly_flat_by_construction(draw, steps, single):
    predicted = draw(1, 64 * (steps // 2 + 1) * 2 // 16, 1, 1)
    filter = expand_filter(predicted, 64, steps, RELEASED, 16)[0, :, :, 0, 0]
    assert torch.equal(filter.real, filter.imag)
    distinct = torch.tensor([len(channel.real.unique()) for channel in filter])
    assert int(distinct.max()) <= 2
    assert float((distinct == 1).double().mean()) == single


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_batch_of_three_is_three_batches_of_one(draw, layout):
    block, x = random_block(draw, 16, 4, layout), draw(3, 16, 4, 5, 5)
    torch.testing.assert_close(block(x), torch.cat([block(clip) for clip in x.split(1)]), rtol=0, atol=1e-13)


def test_gradients_of_a_batch_of_one_are_the_derivative(draw):
    block = random_block(draw, 8, 4, PAPER)
    assert torch.autograd.gradcheck(block, draw(1, 8, 4, 2, 2).requires_grad_())


@pytest.mark.parametrize(
    ("dim", "steps", "layout", "words"),
    [(12, 4, PAPER, "12 channels"), (4, 4, RELEASED, "24 filter cells"), (16, 4, "papper", "'papper'")],
)
def test_a_filter_that_cannot_be_shared_is_refused(dim, steps, layout, words):
    with pytest.raises(ModelError, match=words):
        DTFBlock(dim, steps, filter_layout=layout)


def test_half_precision_is_filtered_in_float32(draw):
    block = DTFBlock(16, 4).eval()
    x = draw(1, 16, 4, 3, 3).float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = block(x.bfloat16())
    assert out.dtype == torch.bfloat16
    assert torch.equal(out, x.bfloat16())  # a fresh block is the identity in any precision
