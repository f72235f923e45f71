import pytest
import torch
from released import assert_close, golden_case, golden_facts
from torch.library import opcheck

from dtfviz.core.errors import ModelError
from dtfviz.core.ops.frame_aggregation import aggregate, aggregate_steps, correlate, definition, frame_aggregation, macs

SHAPES = [(1, 4, 1, 3, 3), (2, 5, 2, 4, 3), (1, 3, 5, 2, 6), (3, 8, 4, 1, 1)]


@pytest.mark.parametrize("case", range(7))
def test_correlation_and_its_gradients_equal_the_released_code(case):
    data = golden_case("ops_correlation", case)
    group = golden_facts("ops_correlation")["meta"]["cases"][case]["group_size"]
    x, weight = data["x"].requires_grad_(), data["w"].requires_grad_()
    out = correlate(x, weight, group_size=group)
    grad_x, grad_weight = torch.autograd.grad(out, (x, weight), data["gout"])
    assert_close(out, data["out"])
    assert_close(grad_x, data["grad_x"])
    assert_close(grad_weight, data["grad_w"])
    assert_close(correlate(x.float(), weight.float(), group_size=group), data["out_f32"])


@pytest.mark.parametrize("case", range(7))
def test_the_operator_gives_the_same_correlation(case):
    data = golden_case("ops_correlation", case)
    x, weight = data["x"].requires_grad_(), data["w"].requires_grad_()
    out = frame_aggregation(x, weight)[1]
    grad_x, grad_weight = torch.autograd.grad(out, (x, weight), data["gout"])
    assert_close(out, data["out"])
    assert_close(grad_x, data["grad_x"])
    assert_close(grad_weight, data["grad_w"])


@pytest.mark.parametrize("case", range(6))
def test_aggregation_and_its_gradients_equal_the_released_code(case):
    data = golden_case("ops_aggregation", case)
    x, weight = data["x"].requires_grad_(), data["w"].requires_grad_()
    out = aggregate(x, weight)
    grad_x, grad_weight = torch.autograd.grad(out, (x, weight), data["gout"])
    assert_close(out, data["out"])
    assert_close(grad_x, data["grad_x"])
    assert_close(grad_weight, data["grad_w"])
    assert_close(aggregate(x.float(), weight.float()), data["out_f32"])


@pytest.mark.parametrize("groups", [2, 4])
def test_groups_of_channels_are_correlated_on_their_own(draw, groups):
    x, weight = draw(2, 8, 3, 4, 4), draw(8, 3, 3, 3)
    size = 8 // groups
    parts = [correlate(x[:, c : c + size], weight[c : c + size]) for c in range(0, 8, size)]
    torch.testing.assert_close(correlate(x, weight, group_size=size), torch.cat(parts, dim=1), rtol=0, atol=1e-14)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("kernel_size", "dilation"), [(3, 1), (5, 1), (3, 2), (1, 1)])
@pytest.mark.parametrize("is_constant", [True, False])
@pytest.mark.parametrize("is_channels_last", [True, False])
def test_streaming_equals_the_definition_forward_and_backward(
    draw, shape, kernel_size, dilation, is_constant, is_channels_last
):
    x = draw(*shape)
    weight_shape = (shape[1], shape[2], kernel_size, kernel_size)
    weight = torch.full(weight_shape, 1 / shape[1], dtype=x.dtype) if is_constant else draw(*weight_shape)
    if is_channels_last:
        x = x.to(memory_format=torch.channels_last_3d)
    x.requires_grad_()
    weight.requires_grad_()
    expected, ours = definition(x, weight, dilation), frame_aggregation(x, weight, dilation)
    seeds = [draw(*out.shape) for out in expected]
    expected_grads = torch.autograd.grad(expected, (x, weight), seeds)
    our_grads = torch.autograd.grad(ours, (x, weight), seeds)
    for one, other in zip((*ours, *our_grads), (*expected, *expected_grads), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def test_the_gradient_is_the_derivative(draw):
    x, weight = draw(1, 2, 3, 2, 3).requires_grad_(), draw(2, 3, 3, 3).requires_grad_()
    assert torch.autograd.gradcheck(frame_aggregation, (x, weight))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
@pytest.mark.filterwarnings("ignore:The .grad attribute")  # from inside torch's own checker
@pytest.mark.parametrize("with_weight", [True, False])
def test_the_operator_obeys_the_rules_of_torch(draw, dtype, with_weight):
    x = draw(2, 4, 3, 3, 5).to(dtype).requires_grad_()
    weight = draw(4, 3, 3, 3).to(dtype).requires_grad_(with_weight)
    opcheck(torch.ops.dtfviz.frame_aggregation.default, (x, weight, 1))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_sixteen_bit_clips_are_correlated_in_float32(draw, dtype):
    x, weight = draw(1, 64, 3, 5, 5).to(dtype), torch.full((64, 3, 3, 3), 1 / 64, dtype=dtype)
    enhanced, correlation = frame_aggregation(x, weight)
    wide_enhanced, wide_correlation = frame_aggregation(x.float(), weight.float())
    assert enhanced.dtype == dtype
    assert correlation.dtype == torch.float32
    torch.testing.assert_close(correlation, wide_correlation, rtol=0, atol=1e-6)
    torch.testing.assert_close(enhanced, wide_enhanced.to(dtype), rtol=torch.finfo(dtype).eps, atol=0)  # one rounding


def test_slot_zero_asks_itself_and_the_last_step_stays(draw):
    x = draw(1, 6, 4, 5, 5)
    enhanced, correlation = frame_aggregation(x, torch.ones(6, 4, 3, 3, dtype=x.dtype))
    centre = 4  # of the 3 x 3 taps: every position with itself
    torch.testing.assert_close(correlation[:, centre, 0], (x[:, :, 0] ** 2).sum(dim=1))
    torch.testing.assert_close(correlation[:, centre, 2], (x[:, :, 1] * x[:, :, 2]).sum(dim=1))
    assert torch.equal(enhanced[:, :, -1], x[:, :, -1])


def test_taps_outside_the_frame_score_zero_and_take_their_share():
    x = torch.ones(1, 1, 2, 1, 1, dtype=torch.float64)
    enhanced, correlation = frame_aggregation(x, torch.ones(1, 2, 3, 3, dtype=x.dtype))
    assert correlation[0, :, 1, 0, 0].tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0]
    share = torch.e / (torch.e + 8)  # the only tap inside scores 1, the eight outside 0
    assert enhanced[0, 0, 0, 0, 0].item() == pytest.approx(1 + share, rel=1e-15)


def test_aggregated_steps_add_up_to_the_enhanced_feature(draw):
    x, weight = draw(2, 4, 3, 4, 5), draw(4, 3, 3, 3)
    enhanced, correlation = frame_aggregation(x, weight)
    aggregated = aggregate_steps(x, correlation)
    torch.testing.assert_close(enhanced[:, :, :-1], x[:, :, :-1] + aggregated[:, :, 1:], rtol=0, atol=1e-14)


def test_shapes_are_known_without_memory():
    x = torch.empty(2, 64, 4, 56, 56, device="meta", dtype=torch.bfloat16, requires_grad=True)
    enhanced, correlation = frame_aggregation(x, torch.empty(64, 4, 3, 3, device="meta"))
    enhanced.sum().backward()
    assert (enhanced.shape, enhanced.dtype) == (x.shape, torch.bfloat16)
    assert (correlation.shape, correlation.dtype) == ((2, 9, 4, 56, 56), torch.float32)
    assert x.grad is not None
    assert x.grad.shape == x.shape


def test_its_cost_is_nine_products_twice_a_value():
    assert macs((1, 64, 4, 56, 56)) == 2 * 9 * 64 * 4 * 56 * 56


@pytest.mark.parametrize(
    ("clip", "weight", "words"),
    [
        ((1, 4, 3, 2, 2), (4, 2, 3, 3), "4 channels and 2 steps"),
        ((1, 4, 3, 2, 2), (4, 3, 2, 2), "odd side"),
        ((4, 3, 2, 2), (4, 3, 3, 3), "4 channels"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(clip, weight, words):
    with pytest.raises(ModelError, match=words):
        frame_aggregation(torch.zeros(clip), torch.zeros(weight))
