import json
import sys

import pytest
import torch
from conftest import run
from safetensors.torch import load_file
from torch import distributed, nn

from dtfviz.core.errors import OptionError, Use
from dtfviz.core.learning.feed import Share
from dtfviz.core.learning.together import SharedNoise, SharedNorm, check_share, decide, gather, mean_of, wait_for_all
from dtfviz.core.models.dtf.swin import DropPath


@pytest.fixture
def alone(tmp_path):
    """A group of one process."""
    distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/meeting", rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


def test_one_process_needs_no_group():
    share = Share()
    assert mean_of(torch.tensor([3.0]), share).tolist() == [3]
    assert gather(("a", "b"), share) == ("a", "b")
    assert decide(lambda: 5, share) == 5
    wait_for_all(share)


def test_a_batch_that_cannot_be_shared_equally_is_refused():
    check_share(8, 4)
    with pytest.raises(OptionError, match="cannot be shared equally by 3") as caught:
        check_share(8, 3)
    assert caught.value.hint == Use("batch", 6)


@pytest.mark.parametrize("affine", [True, False])
def test_the_shared_norm_of_one_process_is_batch_norm(alone, draw, affine):
    plain = nn.BatchNorm3d(3, eps=1e-3, momentum=0.2, affine=affine, dtype=torch.float64)
    if affine:
        nn.init.normal_(plain.weight)
        nn.init.normal_(plain.bias)
    shared = SharedNorm.like(nn.BatchNorm3d(3, eps=1e-3, momentum=0.2, affine=affine, dtype=torch.float64))
    shared.load_state_dict(plain.state_dict())
    one, weights = (2 + 3 * draw(4, 3, 2, 5, 5)).requires_grad_(), draw(4, 3, 2, 5, 5)
    other = one.detach().clone().requires_grad_()
    for _ in range(2):
        out, wanted = shared(other), plain(one)
        torch.testing.assert_close(out, wanted, rtol=1e-12, atol=1e-12)
    (out * weights).sum().backward()
    (wanted * weights).sum().backward()
    torch.testing.assert_close(other.grad, one.grad, rtol=1e-10, atol=1e-12)
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(shared.state_dict()[name], value, rtol=1e-12, atol=0)
    torch.testing.assert_close(shared.eval()(one), plain.eval()(one), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("inner", [nn.Dropout(0.4), DropPath(0.4)], ids=["dropout", "drop path"])
def test_processes_drop_what_one_would_drop_of_the_whole_batch(inner, draw):
    x, parts = draw(8, 5), []
    torch.manual_seed(4)
    whole = inner.train()(x)
    for rank in range(4):
        torch.manual_seed(4)
        parts.append(SharedNoise(inner, Share(rank, 4)).train()(x[2 * rank : 2 * rank + 2]))
    torch.testing.assert_close(torch.cat(parts), whole, rtol=1e-15, atol=0)
    assert torch.equal(SharedNoise(inner, Share(1, 4)).eval()(x), x)


def test_two_processes_come_to_the_result_of_one(tmp_path):
    """With drop-out, and with SGD at a small rate: its steps do not amplify what rounding leaves."""
    train = [
        "dtfviz",
        "train",
        "--recipe",
        "paper",
        "--model",
        "dtf_net_motion",
        "--frames",
        "4",
        "--size",
        "16",
        "--batch",
        "8",
    ]
    train += ["--steps", "4", "--lr", "0.001", "--focus", "1", "--workers", "0", "--device", "cpu", "--out"]
    one = run(sys.executable, "-m", *train, str(tmp_path / "one"), OMP_NUM_THREADS="1")
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        "-m",
        *train,
        str(tmp_path / "two"),
    ]
    two = run(*command, OMP_NUM_THREADS="1")
    assert (one.returncode, two.returncode) == (0, 0), two.stderr
    assert two.stdout == f"{tmp_path / 'two'}: written\n"
    logs = [
        [json.loads(line) for line in (tmp_path / name / "log.jsonl").read_text().splitlines()]
        for name in ("one", "two")
    ]
    for alone, shared in zip(*logs, strict=True):
        assert shared == pytest.approx(alone, rel=1e-5)
    weights, others = (load_file(tmp_path / name / "model.safetensors") for name in ("one", "two"))
    for name, value in weights.items():
        torch.testing.assert_close(
            others[name], value, rtol=1e-4, atol=1e-6, msg=lambda text, name=name: f"{name}: {text}"
        )
