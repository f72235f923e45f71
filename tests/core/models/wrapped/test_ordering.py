"""Logits of every frame, in whatever order their axes stand."""

import pytest
import torch
from torch import nn

import dtfviz
from dtfviz.core import bundled


class PerFrame(nn.Module):
    """Logits of every frame by itself: its mean colours, in any order of axes."""

    def __init__(self, order, colours=3):
        super().__init__()
        self.eye, self.order, self.colours = nn.Conv3d(3, 3, 1), order, colours

    def forward(self, x):
        logits = self.eye(x)[:, : self.colours].mean(dim=(3, 4))
        turned = logits.transpose(1, 2)
        return {"BKT": logits, "BTK": turned, "(BT)K": turned.flatten(0, 1)}[self.order]


@pytest.mark.parametrize("order", ["BKT", "BTK", "(BT)K"])
@pytest.mark.parametrize("clips", [1, 2, 3])
def test_logits_per_frame_are_answers_over_time_in_every_order(order, clips):
    torch.manual_seed(0)
    net, x = PerFrame(order).eval(), torch.randn(clips, 3, 8, 16, 16)
    expected = net.eye(x).mean(dim=(3, 4))
    model = dtfviz.wrap(net, frames=8, size=16, mean=(0, 0, 0), std=(1, 1, 1))
    assert (model.card.answer.kind, model.card.num_classes) == ("timeline", 3)
    assert torch.equal(model(x), expected)
    given = "3 x 8" if order == "BKT" else "8 x 3"
    assert model.card.assumed == (f"an answer of {given} is taken for 3 classes over 8 steps of time",)
    assert dtfviz.wrap(net, frames=8, size=16, answers="timeline").card.num_classes == 3
    clip = dtfviz.clip_for(model, bundled.asset(bundled.CLIP))
    assert dtfviz.gradcam(model, clip, dtfviz.Moment(0, at=clip.times[2]), method="hirescam").energy.argmax() == 2


@pytest.mark.parametrize(("order", "names"), [("BTK", "ab"), ("BKT", "ab")])
def test_names_of_classes_tell_them_from_steps(order, names):
    net = PerFrame(order, colours=2)  # 8 frames, 2 classes: either could be steps
    assert dtfviz.wrap(net, frames=8, size=16, classes=names).card.num_classes == 2
    assert dtfviz.wrap(net, frames=8, size=16).card.num_classes == (2 if order == "BKT" else 8)
