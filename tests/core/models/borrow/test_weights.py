import pytest
import torch
from torch import nn

from dtfviz.core.models.borrow.weights import MOST, parts_from_the_answer, shuffled, shuffling


class Backwards(nn.Module):
    """Its head is defined before what feeds it, it holds a bias of its own, and never runs a part of its attention."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 4)
        self.bias = nn.Parameter(torch.arange(8.0))
        self.attention = nn.MultiheadAttention(8, 2)  # uses the weights of its out_proj without running it
        self.body = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))

    def forward(self, x):
        x = self.body(x + self.bias)
        return self.head(self.attention(x, x, x)[0])


@pytest.fixture
def model():
    return Backwards()


def test_parts_go_from_what_runs_last_to_what_the_model_itself_holds(model):
    parts = parts_from_the_answer(model, torch.zeros(2, 8))
    assert parts == ("head", "attention", "attention.out_proj", "body.2", "body.0", "")


def test_parts_are_as_deep_as_their_number_allows():
    blocks = [nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4)) for _ in range(MOST)]
    assert parts_from_the_answer(nn.Sequential(*blocks), torch.zeros(1, 4)) == tuple(map(str, reversed(range(MOST))))
    two = nn.Sequential(*blocks[:2])
    assert parts_from_the_answer(two, torch.zeros(1, 4)) == ("1.1", "1.0", "0.1", "0.0")


def test_a_part_is_shuffled_alone_and_comes_back(model):
    before = {name: (values.data_ptr(), values.clone()) for name, values in model.named_parameters()}
    with shuffling(model, 0) as shuffle:
        shuffle("body")
        changed = {name for name, values in model.named_parameters() if not torch.equal(values, before[name][1])}
        shuffle("")
        assert not torch.equal(model.bias, before["bias"][1])
    assert changed == {"body.0.weight", "body.0.bias", "body.2.weight", "body.2.bias"}
    for name, values in model.named_parameters():
        assert values.data_ptr() == before[name][0]
        assert torch.equal(values, before[name][1])


def test_shuffled_weights_are_the_same_numbers():
    values = torch.randn(4, 3, 2)
    other = shuffled(values, torch.Generator().manual_seed(0))
    assert other.shape == values.shape
    assert not torch.equal(other, values)
    assert torch.equal(other.flatten().sort().values, values.flatten().sort().values)
