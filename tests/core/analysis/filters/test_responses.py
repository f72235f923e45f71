import pytest
import torch
from blocks import random_block
from released import assert_close
from torch.fft import irfft, rfft

from dtfviz.core.analysis.filters.responses import effective, impulse_response, sensitivity
from dtfviz.core.choices import PAPER, RELEASED

STEPS = [4, 5, 8, 16]
LAYOUTS = [RELEASED, PAPER]
PLACE = (1, 2)


def filter_at(block, x, place=PLACE):
    return block.filter(block.enhance(x))[0, :, :, *place].detach()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("steps", STEPS)
def test_an_impulse_comes_out_as_the_effective_kernel_while_the_filter_is_held(draw, layout, steps):
    block, x = random_block(draw, 32, steps, layout), draw(1, 32, steps, 2, 3)
    kernel = block.effective_kernel(filter_at(block, x)).detach()
    for step, channel in ((0, 0), (steps - 1, 17), (steps // 2, 31)):
        answer = impulse_response(block, x, step, channel, PLACE)
        assert float((answer - kernel[:, channel]).abs().max() / kernel.abs().max()) < 1e-10


def test_the_impulse_response_is_of_the_block_in_evaluation_whatever_its_mode(draw):
    block, x = random_block(draw, 16, 4, PAPER), draw(1, 16, 4, 2, 3)
    expected = impulse_response(block, x, 1, 2, PLACE)
    mean = block.norm1.norm.running_mean.clone()
    assert torch.equal(impulse_response(block.train(), x, 1, 2, PLACE), expected)
    assert block.training
    assert torch.equal(block.norm1.norm.running_mean, mean)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("steps", [1, 2, *STEPS])
def test_what_is_kept_of_the_effective_response_is_that_of_all_its_kernels(draw, layout, steps):
    block, x = random_block(draw, 32, steps, layout), draw(1, 32, steps, 2, 3)
    kernel = block.effective_kernel(filter_at(block, x)).detach()
    found = effective(block, filter_at(block, x))
    own = kernel.diagonal().T
    assert_close(found.diagonal, rfft(own, dim=-1))
    assert_close(irfft(found.diagonal, n=steps, dim=-1), own)
    assert_close(found.energy, rfft(kernel, dim=-1).abs().square().sum(dim=1))
    assert_close(found.kernel_energy, kernel.square().sum(dim=1))


# --- with the filter moving too ---------------------------------------------------------------------------------------
def by_differences(block, x, place, channel, size=1e-5):
    """The same Jacobian by central differences on the whole grid."""
    pushed = slice(None) if channel is None else channel
    columns = []
    for step in range(x.shape[2]):
        answers = []
        for sign in (1, -1):
            moved = x.clone()
            moved[0, pushed, step, *place] += sign * size
            added = (block(moved) - moved)[0, :, :, *place]
            answers.append(added.mean(dim=0) if channel is None else added[channel])
        columns.append((answers[0] - answers[1]) / (2 * size))
    return torch.stack(columns, dim=1).detach()


@pytest.mark.parametrize("channel", [None, 0, 9])
@pytest.mark.parametrize("place", [(0, 0), (2, 1), (3, 4)])
@pytest.mark.parametrize(("steps", "layout"), [(4, PAPER), (5, RELEASED)])
def test_sensitivity_is_the_derivative_by_finite_differences(draw, steps, layout, place, channel):
    block, x = random_block(draw, 16, steps, layout), draw(1, 16, steps, 4, 5)
    expected = by_differences(block, x, place, channel)
    found = sensitivity(block, x, place, channel)
    assert found.shape == (steps, steps)
    # central differences of 1e-5: their own error is about 1e-10 of the third derivative, and rounding 1e-16 / 1e-5
    assert float((found - expected).abs().max() / expected.abs().max()) < 1e-7


def test_with_a_filter_that_is_learnt_once_sensitivity_is_the_effective_kernel_at_every_lag(draw):
    """Nothing moves with the feature then: row s, column t is lag s - t, circular."""
    block, x = random_block(draw, 16, 5, PAPER, aggregates=False, predicts=False), draw(1, 16, 5, 2, 3)
    kernel = block.effective_kernel(block.filter(block.enhance(x))[0, :, :, 0, 0]).detach()
    lags = (torch.arange(5)[:, None] - torch.arange(5)) % 5
    assert_close(sensitivity(block, x, PLACE, 3), kernel[3, 3][lags])
    assert_close(sensitivity(block, x, PLACE), kernel.sum(dim=1).mean(dim=0)[lags])


def test_sensitivity_leaves_no_gradient_behind(draw):
    block, x = random_block(draw, 16, 4, PAPER), draw(1, 16, 4, 2, 3)
    assert not sensitivity(block, x, PLACE).requires_grad
    assert all(parameter.grad is None for parameter in block.parameters())
    assert not x.requires_grad
