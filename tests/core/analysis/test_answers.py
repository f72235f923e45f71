import pytest
import torch
from torch import nn

from dtfviz.core.analysis.answers import AT_ONCE, ROUNDING, answers, without_rounding
from dtfviz.core.errors import ModelError


def as_it_is(logits):
    return logits


class Largest(nn.Module):
    """How many clips it was given, and the largest value of each."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))
        self.given = []

    def forward(self, x):
        self.given.append(len(x))
        return x.amax(dim=(2, 3, 4))[:, :1] * self.scale


def test_versions_are_answered_in_order_several_at_once():
    model, heard = Largest(), []
    versions = (torch.full((1, 3, 2, 2, 2), float(value)) for value in range(AT_ONCE + 2))
    found = answers(model, versions, as_it_is, heard.append)
    assert found[:, 0].tolist() == list(range(AT_ONCE + 2))
    assert (model.given, heard) == ([AT_ONCE, 2], [AT_ONCE, AT_ONCE + 2])
    assert (found.dtype, found.requires_grad) == (torch.float64, False)


def test_logits_that_are_not_finite_are_no_answer():
    with pytest.raises(ModelError, match="not finite"):
        answers(Largest(), [torch.full((1, 3, 2, 2, 2), float("inf"))], as_it_is)


def test_only_what_rounding_explains_counts_as_the_same():
    own = torch.tensor([4.0, -8.0], dtype=torch.float64)
    step = 8 * ROUNDING
    lines = torch.stack([own, own + step, own + torch.tensor([0, 1.01 * step])])
    settled = without_rounding(lines)
    assert settled[1].equal(own)
    assert settled[2].equal(lines[2])
