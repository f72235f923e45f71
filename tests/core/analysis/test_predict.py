import pytest
import torch
from torch import nn
from videos import write_video

import dtfviz
from dtfviz.core.errors import ModelError
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import ClipChoice, Sampling
from dtfviz.core.models.building import build_model
from dtfviz.core.models.card import Card, Layer
from dtfviz.core.models.inputs import as_input, sampling_for


class Brightness(nn.Module):
    """Two classes, whose logits are the mean red and minus the mean red."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([1.0, -1.0]))
        layer = Layer("any", "BCTHW", 4)
        self.card = Card(
            "brightness",
            "dtf_net",
            4,
            16,
            2,
            (layer,),
            "any",
            "none",
            "released",
            classes=("bright", "dark"),
            trained=True,
        )

    def forward(self, x):
        return x[:, 0].mean(dim=(1, 2, 3))[:, None] * self.scale


@pytest.fixture
def clips(tmp_path):
    path = write_video(tmp_path / "video.mp4", 20)
    return [read_clip(path, Sampling(4, start_frame=start), 16) for start in (0, 8, 16)]


def test_scores_are_the_mean_of_each_views_softmax(clips):
    model = Brightness().train()
    result = dtfviz.predict(model, clips)
    scores = [torch.softmax(model(as_input(clip, model.card))[0].detach(), dim=0) for clip in clips]
    expected = torch.stack(scores).mean(dim=0)
    found = {guess.label: guess.probability for guess in result.top}
    assert found == pytest.approx({"bright": float(expected[0]), "dark": float(expected[1])})
    assert [guess.index for guess in result.top] == expected.argsort(descending=True).tolist()
    assert [view.indices for view in result.views] == [clip.indices for clip in clips]
    assert (result.trust, result.implementation, model.training) == ("trained", "cpu", True)


def test_a_clip_becomes_what_the_card_says(clips):
    card = Brightness().card
    x = as_input(clips[0], card)
    assert x.shape == (1, 3, 4, 16, 16)
    pixel = clips[0].frames[2, 5, 7, 1] / 255
    assert float(x[0, 1, 2, 5, 7]) == pytest.approx((pixel - card.mean[1]) / card.std[1], rel=1e-6)


def test_scores_that_are_not_finite_are_no_answer(clips):
    model = Brightness()
    model.scale.data[0] = float("nan")
    with pytest.raises(ModelError, match="not finite"):
        dtfviz.predict(model, clips[0])


def test_sampling_follows_the_card_unless_asked_otherwise():
    with torch.device("meta"):
        card = build_model("dtf_swin_b").card
    assert sampling_for(card, ClipChoice()) == Sampling(64, 1)
    assert sampling_for(card, ClipChoice(stride=3, start=2.0)) == Sampling(64, 3, start=2.0)
