import torch
from torch import nn

from dtfviz.core.models.borrow.calibrate import calibrating


def test_norms_make_zero_mean_and_unit_variance_of_whatever_they_are_fed():
    net = nn.Sequential(nn.Conv3d(3, 4, 1), nn.BatchNorm3d(4, affine=False, eps=0)).eval()
    with calibrating(net) as norms:
        assert norms == (net[1],)
        for scale in (1, 1e6):
            normed = net(scale * torch.randn(2, 3, 4, 5, 5)).double()
            torch.testing.assert_close(normed.mean(dim=(0, 2, 3, 4)), torch.zeros(4).double(), rtol=0, atol=1e-5)
            torch.testing.assert_close(normed.std(dim=(0, 2, 3, 4), correction=0), torch.ones(4).double())


def test_the_statistics_are_constants_of_the_gradient():
    norm, x = nn.BatchNorm1d(2, eps=0).eval(), torch.randn(5, 2, requires_grad=True)
    with calibrating(norm):
        first, second = norm(x), norm(3 * x)  # the graph of the first call keeps the first call's statistics
    deviation = x.detach().std(dim=0, correction=0)
    for normed in (first, second):
        (gradient,) = torch.autograd.grad(normed.sum(), x)
        torch.testing.assert_close(gradient, (1 / deviation).expand(5, 2))


def test_what_the_norms_knew_comes_back():
    net = nn.Sequential(nn.BatchNorm1d(2), nn.BatchNorm1d(2, track_running_stats=False)).eval()
    mean, variance = net[0].running_mean, net[0].running_var
    with calibrating(net):
        net(torch.randn(5, 2))
        assert net[0].running_mean.any()
    assert (net[0].running_mean is mean, net[0].running_var is variance, mean.any()) == (True, True, False)
    assert not any(part._forward_pre_hooks for part in net.modules())
