import torch

from dtfviz.core.analysis.reach.maxima import NOTHING, beyond, collapse, farthest, reshape, window


def test_beyond_the_border_the_difference_goes_on():
    x = torch.tensor([[3.0, 5.0, 7.0]])
    assert beyond(x, 1, 2, 1).tolist() == [[-1, 1, 3, 5, 7, 9]]
    assert beyond(x, 1, -1, 0).tolist() == [[5, 7]]
    assert beyond(torch.tensor([4.0]), 0, 1, 1).tolist() == [4, 4, 4]


def test_what_depends_on_nothing_gives_no_slope():
    assert beyond(torch.tensor([2.0, NOTHING]), 0, 1, 1).tolist() == [2, 2, NOTHING, NOTHING]


def test_a_window_is_the_maximum_of_its_taps():
    x = torch.arange(6.0).view(1, 1, 6)
    assert window(x, [3], [2], [1], [1], [3]).tolist() == [[[1, 3, 5]]]
    assert window(-x, [2], [1], [0], [3], [3]).tolist() == [[[0, -1, -2]]]


def test_what_repeats_is_computed_once_and_gives_the_same():
    x = torch.randn(2, 1, 5).expand(2, 4, 5)
    assert collapse(x).shape == (2, 1, 5)
    assert torch.equal(farthest(x, 2).expand(2, 4, 1), x.contiguous().amax(2, keepdim=True))
    channels_last = torch.randn(6, 1).expand(6, 8)
    assert torch.equal(reshape(channels_last, (2, 3, 8)), channels_last.contiguous().view(2, 3, 8))
