import torch

from dtfviz.core.models.building import build_model
from dtfviz.core.models.dtf.wake import wake


def test_temporal_operators_count_and_batch_norms_know_their_input():
    model = build_model("dtf_net_r50", frames=8, size=32)
    assert wake(model, 0.5) is model
    assert model.layer1[0].dtf_blk.alpha1.unique().tolist() == [0.5]
    assert (model.bn1.momentum, model.training) == (0.1, False)
    noise = torch.randn(2, 3, 8, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        normed = model.bn1(model.conv1(noise))
        assert torch.allclose(normed.mean(dim=(0, 2, 3, 4)), torch.zeros(64), atol=1e-5)  # float32 sums
        assert torch.isfinite(model(noise)).all()


def test_the_same_seed_wakes_the_same_way():
    def woken():
        torch.manual_seed(0)
        return wake(build_model("dtf_net_motion", frames=4, size=16), seed=3).state_dict()

    one, other = woken(), woken()
    assert all(torch.equal(one[name], other[name]) for name in one)
