import pytest
import torch

from dtfviz.core.choices import PAPER, TEMPORAL
from dtfviz.core.errors import OptionError
from dtfviz.core.models.dtf.temporal import DynamicConv, FixedConv, Shift, temporal_operator, wake

WITH_ALPHA = [kind for kind in TEMPORAL if kind not in ("none", "shift")]


@pytest.mark.parametrize("kind", WITH_ALPHA)
def test_a_fresh_operator_is_the_identity_and_alpha_wakes_it(draw, kind):
    x = draw(2, 16, 4, 3, 3)
    operator = temporal_operator(kind, 16, 4, filter_layout=PAPER).double().eval()
    assert torch.equal(operator(x), x)
    operator = temporal_operator(kind, 16, 4, filter_layout=PAPER, alpha_init=0.5).double().eval()
    assert not torch.allclose(operator(x), x)


@pytest.mark.parametrize("kind", TEMPORAL)
def test_every_operator_treats_clips_of_a_batch_apart(draw, kind):
    operator = temporal_operator(kind, 16, 4, filter_layout=PAPER, alpha_init=0.5).double().eval()
    x = draw(3, 16, 4, 3, 3)
    torch.testing.assert_close(operator(x), torch.cat([operator(clip) for clip in x.split(1)]), rtol=0, atol=1e-13)


@pytest.mark.parametrize("kind", TEMPORAL)
def test_every_operator_takes_one_step(draw, kind):
    operator = temporal_operator(kind, 16, 1, filter_layout=PAPER, alpha_init=0.5).double().eval()
    assert operator(draw(1, 16, 1, 2, 2)).shape == (1, 16, 1, 2, 2)


def test_shift_moves_an_eighth_each_way_and_pads_with_zero(draw):
    x = draw(1, 16, 4, 1, 1)
    out = Shift()(x)
    assert torch.equal(out[:, :2, :-1], x[:, :2, 1:])
    assert not out[:, :2, -1].any()
    assert torch.equal(out[:, 2:4, 1:], x[:, 2:4, :-1])
    assert not out[:, 2:4, 0].any()
    assert torch.equal(out[:, 4:], x[:, 4:])
    assert not list(Shift().parameters())


def test_dtf_1d_sees_one_step_each_way_and_no_other_position(draw):
    operator = FixedConv(16, alpha_init=1.0).double().eval()
    x = draw(1, 16, 7, 3, 3).requires_grad_()
    operator(x)[0, :, 3, 1, 1].sum().backward()
    reached = x.grad.abs().sum(dim=(0, 1)) > 0
    assert reached.nonzero().tolist() == [[2, 1, 1], [3, 1, 1], [4, 1, 1]]


def test_dtf_1d_plus_applies_the_kernel_it_predicts(draw):
    operator = DynamicConv(16, 5, factor_g=8, alpha_init=1.0).double().eval()
    operator.norm.running_var.fill_(1 - operator.norm.eps)
    x = draw(1, 16, 5, 2, 2)
    kernel = operator.predicted_taps(x)
    assert torch.equal(kernel[:, :8], kernel[:, :1].expand(-1, 8, -1, -1, -1))
    added = operator(x) - x
    expected = sum(kernel[0, 3, tap, 1, 0] * x[0, 3, 2 + tap - 1, 1, 0] for tap in range(3))
    torch.testing.assert_close(added[0, 3, 2, 1, 0], expected, rtol=0, atol=1e-13)


def test_dtf_f_uses_the_same_filter_for_every_clip_and_position(draw):
    operator = temporal_operator("dtf_f", 16, 4).double()
    one, other = (operator.filter(operator.enhance(draw(2, 16, 4, 3, 3))) for _ in range(2))
    assert one.shape == (1, 16, 3, 1, 1)
    assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("kind", "inputs", "has_weight"),
    [("dtf", 25, True), ("dtf_cor", 25, True), ("dtf_agg", 16, True), ("dtf_nofa", 16, False)],
)
def test_ablations_leave_out_what_their_name_says(draw, kind, inputs, has_weight):
    operator = temporal_operator(kind, 16, 4).double()
    assert operator.filter_g.weight.shape[1] == inputs * 4
    assert hasattr(operator, "weights_cor") == has_weight
    x = draw(1, 16, 4, 3, 3)
    is_enhanced = not torch.equal(operator.enhance(x).feature, x)
    assert is_enhanced == (kind in ("dtf", "dtf_agg"))


def test_an_unknown_operator_is_refused_with_the_list():
    with pytest.raises(OptionError, match="dtf_1d"):
        temporal_operator("dtf1d", 16, 4)


@pytest.mark.parametrize("kind", WITH_ALPHA)
def test_waking_a_fresh_operator_is_making_it_with_that_alpha(draw, kind):
    torch.manual_seed(0)
    made = temporal_operator(kind, 16, 4, filter_layout=PAPER, alpha_init=0.5).double().eval()
    torch.manual_seed(0)
    woken = temporal_operator(kind, 16, 4, filter_layout=PAPER).double().eval()
    wake(woken, 0.5)
    x = draw(2, 16, 4, 3, 3)
    assert torch.equal(woken(x), made(x))
