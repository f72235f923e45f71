from math import cos, pi

import pytest
import torch

from dtfviz.core.errors import CheckpointError, InputError, ModelError, OutputError, Use
from dtfviz.core.learning.feed import Batch, MotionStream, Share, Turns, feed
from dtfviz.core.learning.recipes import RECIPES, settle
from dtfviz.core.learning.train import Listener, begin, cosine, restore, save_state, train
from dtfviz.core.models.building import build_model

TINY = {"frames": 4, "size": 16}


pytestmark = pytest.mark.usefixtures("one_thread")


def small(name, **asked):
    return settle(RECIPES[name], ["dtf_net"], batch=2, **asked)[0]


def motion(**asked):
    return small("motion", **asked)


def fresh_training(recipe, steps=6, dropout=0.3):
    torch.manual_seed(0)
    return begin(build_model("dtf_net_motion", dropout=dropout, **TINY), recipe, steps)


def listener(**told):
    nothing = {"on_step": lambda logged: None, "on_broken": lambda *_: None, "save": lambda training: None}
    return Listener(**(nothing | told))


def batches(training, recipe, steps=6):
    stream = MotionStream(recipe, training.model.card, 0, steps)
    return feed(stream, Turns(training.step, steps, 2, Share()), workers=0, pin=False)


def go(training, recipe, steps=6, save_every=100, **told):
    train(training, batches(training, recipe, steps), recipe, steps, Share(), listener(**told), save_every=save_every)


def rates(training, steps):
    found = []
    for _ in range(steps):
        found.append(training.optimizer.param_groups[0]["lr"])
        training.optimizer.step()
        training.schedule.step()
    return found


def test_the_cosine_warms_up_from_a_hundredth_and_ends_at_nothing():
    recipe = settle(RECIPES["released"], ["dtf_net"], batch=96)[0]  # .04 at 384 clips is .01 at 96
    torch.manual_seed(0)
    found = rates(begin(build_model("c2d_r50", frames=4, num_classes=2), recipe, 24, warm_up=4), 24)
    up = [0.01 * (0.01 + 0.99 * step / 4) for step in range(4)]
    down = [0.01 * (1 + cos(pi * step / 20)) / 2 for step in range(20)]
    assert found == pytest.approx(up + down, rel=1e-12)
    assert (cosine(4, 24, 4), cosine(14, 24, 4), cosine(24, 24, 4)) == pytest.approx((1, 0.5, 0), abs=1e-15)


def test_one_cycle_goes_up_for_a_tenth_and_down_for_the_rest():
    found = rates(fresh_training(motion(), 40), 40)
    peak, first, last = 2e-3, 2e-3 / 25, 2e-3 / 25 / 1e4  # torch's own shares
    up = [first + (peak - first) * (1 - cos(pi * step / 3)) / 2 for step in range(4)]
    down = [last + (peak - last) * (1 + cos(pi * step / 36)) / 2 for step in range(1, 37)]
    assert found == pytest.approx(up + down, rel=1e-9)


def test_four_clips_are_learnt_by_heart():
    recipe = motion()
    training, seen = fresh_training(recipe, 60, dropout=0.0), []
    one, other = list(batches(training, recipe, 2))
    four = Batch(
        torch.cat([one.frames, other.frames]), torch.tensor([0, 1, 2, 3]), torch.cat([one.masks, other.masks]), ()
    )
    train(training, [four] * 60, recipe, 60, Share(), listener(on_step=seen.append), save_every=100)
    assert seen[-1].accuracy == 1
    assert seen[-1].loss < seen[0].loss / 10
    assert [logged.step for logged in seen] == list(range(1, 61))


@pytest.mark.parametrize(
    ("name", "spared"), [("released", ()), ("motion", ()), ("focused", ("alpha1", "bias", "bn", "downsample.1"))]
)
def test_only_what_decays_is_left_smaller_by_a_step_without_a_gradient(name, spared):
    training = fresh_training(recipe := small(name))
    before = {key: value.clone() for key, value in training.model.named_parameters() if value.requires_grad}
    for parameter in training.model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    rate = training.optimizer.param_groups[0]["lr"]
    training.optimizer.step()
    for key, value in before.items():
        is_kept = any(part in key for part in spared)
        wanted = value if is_kept else value * (1 - rate * recipe.weight_decay)
        torch.testing.assert_close(training.model.get_parameter(key), wanted, rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    "recipe", [motion(), small("focused"), small("released")], ids=["motion", "focused", "released"]
)
def test_a_training_that_was_interrupted_ends_bit_for_bit_as_one_that_was_not(tmp_path, recipe):
    whole, steps = fresh_training(recipe), []
    go(whole, recipe, on_step=steps.append)
    parted = fresh_training(recipe)
    with pytest.raises(KeyboardInterrupt):
        go(
            parted,
            recipe,
            should_stop=lambda: parted.step == 2,
            save=lambda training: save_state(training, tmp_path / "state"),
        )
    assert parted.step == 3
    torch.manual_seed(99)
    resumed, later = begin(build_model("dtf_net_motion", dropout=0.3, **TINY), recipe, 6), []
    restore(resumed, tmp_path / "state")
    go(resumed, recipe, on_step=later.append)
    assert later == steps[3:]
    assert resumed.model.state_dict().keys() == whole.model.state_dict().keys()
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name


def test_a_training_is_saved_at_every_so_many_steps_and_at_its_end():
    saved, recipe = [], motion()
    training = fresh_training(recipe, 5)
    go(training, recipe, 5, save_every=2, save=lambda one: saved.append(one.step))
    assert saved == [2, 4, 5]


def test_a_training_that_is_stopped_at_its_last_step_is_finished():
    recipe, saved = motion(), []
    go(fresh_training(recipe, 1), recipe, 1, should_stop=lambda: True, save=saved.append)
    assert len(saved) == 1


@pytest.mark.parametrize("spoil", ["loss", "gradient"])
def test_a_training_that_breaks_down_says_where_and_keeps_its_weights(spoil):
    recipe = motion()
    training = fresh_training(recipe)
    go(training, recipe, 2)
    weight = training.model.fc.weight
    if spoil == "gradient":
        weight.register_hook(lambda gradient: gradient * float("nan"))
    else:
        training.model.fc.register_forward_hook(lambda module, given, output: output * float("inf"))
    before = {name: value.clone() for name, value in training.model.named_parameters()}
    with pytest.raises(
        ModelError, match=r"broke down at step 3: its loss is .* the norm of its gradient nan"
    ) as caught:
        go(training, recipe)
    assert caught.value.hint == Use("rate", 0.0002)
    assert training.step == 2
    assert all(torch.equal(value, before[name]) for name, value in training.model.named_parameters())


def test_a_set_of_which_nothing_can_be_read_is_an_input_error():
    recipe = motion()
    nothing = Batch(None, torch.tensor([-1, -1]), None, (("a.mp4", "it is empty"),))
    with pytest.raises(InputError, match="none of the videos can be read") as caught:
        train(fresh_training(recipe), [nothing], recipe, 6, Share(), listener(), save_every=1)
    assert caught.value.fact == "a.mp4: it is empty"


def test_each_broken_video_is_told_of_once():
    recipe, told = motion(), []
    training = fresh_training(recipe, 3)
    spoilt = [batch._replace(broken=(("a.mp4", "it is empty"),)) for batch in batches(training, recipe, 3)]
    train(training, spoilt, recipe, 3, Share(), listener(on_broken=lambda *what: told.append(what)), save_every=9)
    assert told == [(1, "a.mp4", "it is empty")]
    assert training.broken == {"a.mp4": "it is empty"}


def test_a_full_disk_leaves_the_earlier_state(tmp_path, monkeypatch):
    training = fresh_training(motion())
    save_state(training, tmp_path / "state")
    before = (tmp_path / "state").read_bytes()

    def full(path, data):
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OutputError, match="cannot be written") as caught:
        save_state(training, tmp_path / "state")
    assert "No space left" in caught.value.fact
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    assert (tmp_path / "state").read_bytes() == before


KILL = """
import os, signal, sys
from pathlib import Path
from torch import nn
from torch.optim import SGD
from torch.optim.lr_scheduler import LambdaLR
from dtfviz.core.learning.train import Training, save_state

model = nn.Linear(500, 500)
optimizer = SGD(model.parameters(), 0.1)
training = Training(model, optimizer, LambdaLR(optimizer, lambda step: 1.0), step=1)
save_state(training, Path(sys.argv[1]))
training.step = 2
os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)
save_state(training, Path(sys.argv[1]))
"""


def test_a_kill_in_the_middle_of_saving_leaves_the_earlier_state(tmp_path, fresh):
    done = fresh(KILL, str(tmp_path / "state"))
    assert done.returncode == -9
    assert len(list(tmp_path.iterdir())) == 2  # what was being written is still there, under another name
    assert torch.load(tmp_path / "state", weights_only=True)["step"] == 1


@pytest.mark.parametrize("damage", ["cut", "another model", "no state"])
def test_a_state_that_does_not_fit_is_an_error(tmp_path, damage):
    recipe, path = motion(), tmp_path / "state"
    save_state(begin(build_model("dtf_net_motion", frames=8), recipe, 6), path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:1000])
    elif damage == "no state":
        torch.save({"weights": torch.ones(2)}, path)
    with pytest.raises(CheckpointError, match="cannot be read as a checkpoint") as caught:
        restore(fresh_training(recipe), path)
    assert str(caught.value.hint) == f"rm {path}"
