import pytest
import torch
from videos import write_video

from dtfviz.core.errors import ModelError, OptionError
from dtfviz.core.learning.plan import make_plan
from dtfviz.core.learning.wishes import TrainWishes
from dtfviz.core.media.motion import CLASSES

SMALL = {"frames": 4, "size": 16}


@pytest.fixture
def listed(tmp_path):
    """Ten videos of three classes."""
    write_video(tmp_path / "a.mp4", 4)
    (tmp_path / "list.txt").write_text("".join(f"a.mp4 4 {number % 3}\n" for number in range(10)))
    return str(tmp_path / "list.txt")


def plan_for(**wishes):
    said = []
    return make_plan(TrainWishes(**(SMALL | wishes)), said.append), said


def test_without_wishes_the_small_net_learns_generated_motion():
    plan, said = plan_for()
    card = plan.model.card
    assert (card.name, plan.recipe.name, plan.steps, card.classes, plan.data) == (
        "dtf_net_motion",
        "motion",
        2000,
        CLASSES,
        None,
    )
    assert (dict(plan.overrides), said, plan.warm_up()) == ({}, [], 0)
    assert plan.model.layer1[0].dtf_blk.alpha1.unique().tolist() == [0.5]
    assert plan.model.dropout.p == 0


def test_videos_are_learnt_by_the_papers_net_and_recipe(listed):
    plan, _ = plan_for(data=listed, epochs=2, batch=4)
    assert (plan.model.card.name, plan.recipe.name, plan.steps, plan.recipe.flips) == ("dtf_net_r50", "paper", 5, True)
    assert (plan.model.card.num_classes, plan.model.card.classes, plan.model.dropout.p) == (3, None, 0.5)
    assert plan.overrides == {"epochs": 2, "batch": 4}


def test_the_warm_up_is_counted_in_epochs_and_longer_where_direction_matters(listed):
    asked = {"data": listed, "model": "dtf_net_motion", "recipe": "released", "batch": 2, "epochs": 20}
    plain, directed = plan_for(**asked)[0], plan_for(**asked, directed=True)[0]
    assert (plain.steps, plain.warm_up(), directed.warm_up()) == (100, 5, 25)  # an epoch is 5 steps
    assert (plain.recipe.flips, directed.recipe.flips) == (True, False)
    assert not plan_for(recipe="released", steps=9)[0].recipe.flips  # generated motion has a left and a right


def test_a_transformer_has_no_dense_loss_and_is_told_so():
    with torch.device("meta"):
        plan, said = plan_for(model="dtf_swin_s", frames=16, size=224)
    assert plan.recipe.dense == 0
    assert "dense loss needs generated motion and a model of dtf_net" in said[0]


def test_weights_are_drawn_from_the_seed_and_nobody_outside_notices():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one, again, other = (plan_for(seed=seed)[0].model.fc.weight for seed in (5, 5, 6))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_whatever_changes_the_result_changes_the_inputs(listed, tmp_path):
    base = {"data": listed, "model": "dtf_net_motion", "steps": 4}
    (tmp_path / "names.txt").write_text("a\nb\nc\n")
    changes = [
        {},
        {"seed": 1},
        {"steps": 5},
        {"batch": 8},
        {"rate": 0.1},
        {"recipe": "released"},
        {"variant": "dtf_1d"},
        {"frames": 8},
        {"size": 32},
        {"stride": 2},
        {"filter_layout": "released"},
        {"num_classes": 4},
        {"labels": str(tmp_path / "names.txt")},
        {"directed": True},
        {"blocks": ("layer4",)},
        {"data": "motion"},
    ]
    inputs = [plan_for(**(base | change))[0].inputs() for change in changes]
    assert all(one != other for at, one in enumerate(inputs) for other in inputs[:at])
    assert plan_for(**base)[0].inputs() == inputs[0]


def test_names_that_are_not_as_many_as_the_classes_are_refused(listed, tmp_path):
    (tmp_path / "names.txt").write_text("a\nb\n")
    with pytest.raises(ModelError, match="2 names, dtf_net_motion has 3 classes"):
        plan_for(data=listed, model="dtf_net_motion", labels=str(tmp_path / "names.txt"))


def test_motion_too_small_to_draw_is_refused_before_any_process_draws_it():
    with pytest.raises(OptionError, match="cannot be drawn"):
        plan_for(size=8)
