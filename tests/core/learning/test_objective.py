from math import exp, log

import pytest
import torch

from dtfviz.core.learning.objective import Objective, cells_covered, dense_loss
from dtfviz.core.models.borrow.capture import capture_predictions
from dtfviz.core.models.building import build_model


def test_cells_count_as_covered_from_half_of_their_pixels_on():
    mask = torch.zeros(1, 2, 4, 4, dtype=torch.bool)
    mask[0, 0, :2, :1] = True  # half of the first cell in the first frame
    mask[0, 1, 3, 3] = True  # a quarter of the last cell in the second
    covered = cells_covered(mask, torch.zeros(1, 2, 2, 2, 14))
    assert covered.nonzero().tolist() == [[0, 0, 0, 0]]


def test_frames_of_a_step_are_taken_together():
    mask = torch.zeros(1, 4, 2, 2, dtype=torch.bool)
    mask[0, 0] = True
    mask[0, 2:] = True
    assert cells_covered(mask, torch.zeros(1, 2, 1, 1, 14)).flatten().tolist() == [True, True]
    mask[0, 0, 0, 0] = False
    assert cells_covered(mask, torch.zeros(1, 2, 1, 1, 14)).flatten().tolist() == [False, True]


def test_the_dense_loss_by_hand():
    logits = torch.tensor(
        [[[[[1.0, 0.0], [3.0, 4.0]]]]], requires_grad=True
    )  # one clip, one step, two cells, two classes
    mask = torch.tensor([[[[True, False]]]])
    loss = dense_loss(logits, torch.tensor([0]), mask, quiet=0.02)
    # the covered cell names class 0; the other has mean squared logit (9 + 16) / 2
    assert loss.item() == pytest.approx(log(1 + exp(-1)) + 0.02 * 12.5, rel=1e-6)


def test_a_clip_that_covers_nothing_or_everything_has_a_finite_loss():
    logits = torch.full((2, 1, 1, 2, 3), 2.0)
    mask = torch.tensor([[[[False, False]]], [[[True, True]]]])
    assert dense_loss(logits, torch.tensor([0, 1]), mask, quiet=0.5).item() == pytest.approx(
        (0.5 * 4 + log(3)) / 2, rel=1e-6
    )


def test_logits_at_positions_average_to_those_of_the_clip_and_equal_parts_to_the_whole():
    model = build_model("dtf_net_motion", frames=4, size=16, dropout=0.0)
    frames = torch.randint(0, 256, (4, 3, 4, 16, 16), dtype=torch.uint8)
    labels, masks = torch.tensor([0, 5, 9, 13]), torch.rand(4, 4, 16, 16) > 0.5
    objective = Objective(model, dense=0.7, quiet=0.02)
    whole = objective(frames, labels, masks)
    halves = [objective(frames[part], labels[part], masks[part]) for part in (slice(0, 2), slice(2, 4))]
    for value, one, other in zip(whole, *halves, strict=True):
        assert value.item() == pytest.approx(
            (one.item() + other.item()) / 2, rel=1e-5
        )  # float32, another order of sums
    assert whole.total.item() == pytest.approx(whole.clip.item() + 0.7 * whole.dense.item(), rel=1e-6)


@pytest.mark.parametrize("strength", [1e-2, 1.0, 1e3])
@pytest.mark.parametrize(("speaking", "spread"), [(1, 0.25), (4, 0.5), (16, 1.0)])
def test_the_spread_is_the_root_of_the_share_of_positions_that_have_a_filter(strength, speaking, spread):
    values = torch.zeros(16, 2)  # two clips of 2 x 4 positions
    values[:speaking] = torch.tensor([0.1, -0.8]) * strength  # of which the weaker counts as much
    filters = values.reshape(2, 2, 4, 2).movedim(3, 1)
    objective = Objective(build_model("dtf_net_motion", frames=4, size=16), dense=0, quiet=0)
    # what is added to an energy of at least 1e-6 / 16 counts for half as much in its root
    assert objective.spread(filters, None).item() == pytest.approx(spread, rel=1e-5)


def test_filters_may_be_strong_where_the_object_ever_is():
    filters = torch.ones(1, 2, 2, 2)
    masks = torch.zeros(1, 3, 4, 4, dtype=torch.bool)
    masks[0, 1, 0, 3] = True  # one pixel of the upper right cell, in one frame
    objective = Objective(build_model("dtf_net_motion", frames=4, size=16), dense=0, quiet=0)
    assert objective.spread(filters, masks).item() == pytest.approx(3 / 4, rel=1e-6)


def test_filters_of_zeros_have_a_finite_slope():
    filters = torch.zeros(1, 2, 1, 1, requires_grad=True)
    Objective(build_model("dtf_net_motion", frames=4, size=16), dense=0, quiet=0).spread(filters, None).backward()
    assert torch.equal(filters.grad, torch.zeros_like(filters))


@pytest.mark.parametrize(("variant", "blocks"), [("dtf", 4), ("dtf_nofa", 4), ("dtf_f", 0), ("none", 0)])
def test_the_focus_weighs_the_mean_spread_of_all_blocks_that_predict(variant, blocks):
    torch.manual_seed(0)
    model = build_model("dtf_net_motion", temporal=variant, frames=4, size=16, dropout=0.0)
    objective = Objective(model, dense=0, quiet=0)
    frames, labels = torch.randint(0, 256, (2, 3, 4, 16, 16), dtype=torch.uint8), torch.tensor([0, 5])
    masks = torch.rand(2, 4, 16, 16) > 0.9
    with capture_predictions(model) as filters:
        losses = objective(frames, labels, masks, focus=0.5)
    assert len(filters) == blocks
    mean = sum(objective.spread(one, masks).item() for one in filters) / max(blocks, 1)
    assert losses.spread.item() == pytest.approx(mean, rel=1e-6)
    assert losses.total.item() == pytest.approx(losses.clip.item() + 0.5 * mean, rel=1e-6)
    assert objective(frames, labels, None).spread.item() == 0  # nobody asked


def test_without_masks_the_clip_loss_stands_alone():
    model = build_model("dtf_net_motion", frames=4, size=16)
    frames = torch.zeros(1, 3, 4, 16, 16, dtype=torch.uint8)
    losses = Objective(model, dense=1.0, quiet=0.02)(frames, torch.tensor([0]), None)
    assert (losses.dense.item(), losses.total.item()) == (0, losses.clip.item())
