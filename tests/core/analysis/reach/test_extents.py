"""Operators on extents, one by one."""

import pytest
import torch
from torch import nn

from dtfviz.core.analysis.reach.extents import Extents
from dtfviz.core.analysis.reach.maxima import NOTHING
from dtfviz.core.analysis.reach.rules import BLOCKED
from dtfviz.core.analysis.reach.running import run_on_extents, spelling_out_attention
from dtfviz.core.errors import ModelError


def extents(*values):
    held = torch.tensor(values, dtype=torch.float32)
    return Extents(held, torch.empty(held.shape, device="meta"), torch.device("cpu"))


def test_what_is_combined_takes_the_farthest_and_constants_say_nothing():
    x, y = extents([1, 5]), extents([3, 2])
    assert (x * y + torch.randn(2)).held.tolist() == [[3, 5]]
    assert torch.cat([x, torch.zeros(1, 1)], dim=1).held.tolist() == [[1, 5, NOTHING]]


def test_a_mask_blocks_what_it_is_added_to_and_the_values_that_would_be_taken():
    scores, values = extents([1, 2], [3, 4]), extents([10], [20])
    masked = scores + torch.tensor([[0.0, -100.0], [0.0, 0.0]])
    assert masked.held.tolist() == [[1, BLOCKED], [3, 4]]
    weights = masked.softmax(dim=-1)
    assert weights.held.tolist() == [[1, BLOCKED], [4, 4]]
    assert (weights @ values).held.tolist() == [[10], [20]]


def test_a_product_of_matrices_sees_rows_and_columns():
    left, right = extents([1, 7], [2, 3]), extents([5, 0], [4, 9])
    assert (left @ right).held.tolist() == [[7, 9], [5, 9]]
    assert (left @ torch.randn(2, 3)).held.tolist() == [[7] * 3, [3] * 3]


@pytest.mark.parametrize("wants_weights", [True, False])
def test_attention_sees_what_its_mask_lets_through(wants_weights):
    """A causal mask, by torch's own module, whichever of its ways it takes."""
    attention = nn.MultiheadAttention(4, 2, batch_first=True).eval()
    mask = nn.Transformer.generate_square_subsequent_mask(3)
    x = Extents(
        torch.tensor([7.0, 1.0, 9.0]).view(1, 3, 1).expand(1, 3, 4),
        torch.empty(1, 3, 4, device="meta"),
        torch.device("cpu"),
    )
    with torch.no_grad(), spelling_out_attention():
        out = attention(x, x, x, attn_mask=mask, need_weights=wants_weights)[0]
    assert out.held[0, :, 0].tolist() == [7, 7, 9]


def test_parts_of_a_tensor_can_be_assigned():
    x = extents([1, 2, 3])
    out = torch.zeros_like(x)
    out[:, :2] = x[:, 1:]
    assert out.held.tolist() == [[2, 3, NOTHING]]
    assert x.held.tolist() == [[1, 2, 3]]


def test_what_works_in_place_leaves_others_as_they_were():
    x = extents([1, 9])
    y = x.relu()
    y += extents([5, 5])
    assert (x.held.tolist(), y.held.tolist()) == ([[1, 9]], [[5, 9]])


def test_a_transform_over_an_axis_sees_all_of_it():
    x = extents([1, 9, 4, 2])
    back = torch.fft.irfft(torch.fft.rfft(x, dim=1), n=4, dim=1)
    assert (back.held.tolist(), back.dtype) == ([[9, 9, 9, 9]], torch.float32)


def test_what_has_no_rule_is_unknown():
    assert extents([3, 1]).sort().values.held.isnan().all()
    assert (extents([3, 1]).cumsum(dim=1) + extents([1, 1])).held.isnan().all()


def test_over_the_batch_nothing_is_defined():
    assert extents([3, 1], [2, 2]).mean(dim=0).held.isnan().all()


def test_a_model_that_leaves_the_tensors_is_refused():
    class Outside(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(1))

        def forward(self, x):
            kept = torch.zeros(x.shape)
            kept[:] = x * self.weight
            return kept

    with pytest.raises(ModelError, match="looks at or leaves"):
        run_on_extents(Outside(), (2, 3, 3))
