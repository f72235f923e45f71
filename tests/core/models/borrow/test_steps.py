from dataclasses import replace

import numpy as np
import pytest
import torch
from frames import grey_clip
from torch import nn
from uneven import FromTheBrightest, Uneven

from dtfviz.core.errors import ModelError
from dtfviz.core.models.borrow.steps import sampled_times, watch_sampling
from dtfviz.core.models.inputs import input_of

FROM_SECOND = grey_clip(10, 90, 80, 70, 60, 50, 40, 30)  # a frame each 1/25 s; the second is the brightest


def watch(model, layer, clip=FROM_SECOND):
    with watch_sampling(model, layer) as fed, torch.no_grad():
        model(input_of(model, clip))
    return fed


def test_steps_are_when_their_sampler_took_them():
    assert sampled_times(FROM_SECOND, watch(Uneven(), "late"), 4) * 25 == pytest.approx([1, 2, 3.5, 6])


def test_another_clip_has_its_steps_at_other_times():
    clip = grey_clip(90, 80, 70, 60, 50, 40, 30, 20)
    assert sampled_times(clip, watch(Uneven(), "late", clip), 4) * 25 == pytest.approx([0, 1, 2.5, 5])


def test_a_layer_before_every_sampler_keeps_the_times_of_its_clip():
    assert watch(Uneven(), "early") == []
    assert sampled_times(FROM_SECOND, [], 4) is None


def test_a_sampler_is_itself_a_layer_that_it_samples():
    assert [one.path for one in watch(Uneven(), "picks")] == ["picks"]


def test_samplers_after_each_other_and_steps_between_them_are_composed():
    model = Uneven(nn.Sequential(nn.AvgPool3d((2, 1, 1)), FromTheBrightest()))
    fed = watch(model, "late")
    assert [one.path for one in fed] == ["picks", "late.0.1"]
    # pooled in pairs: 1.5 and 4.75 frames; the first pair is the brighter, and nothing lies beyond the last
    assert sampled_times(FROM_SECOND, fed, 4) * 25 == pytest.approx([1.5, 4.75, 4.75, 4.75])


def test_steps_after_a_pool_are_the_means_of_those_that_were_sampled():
    model = Uneven(nn.AvgPool3d((2, 1, 1)))
    assert sampled_times(FROM_SECOND, watch(model, "late"), 2) * 25 == pytest.approx([1.5, 4.75])


def test_a_layer_inside_a_sampler_comes_before_its_sampling_and_parts_of_samplers_do_not_count():
    class Outer(FromTheBrightest):
        def __init__(self):
            super().__init__()
            self.eye, self.part = nn.Identity(), FromTheBrightest()

        def forward(self, x):
            return super().forward(self.part(self.eye(x)))

    model = Uneven()
    model.picks = Outer()
    assert watch(model, "picks.eye") == []
    assert [one.path for one in watch(model, "late")] == ["picks"]


def test_nothing_stays_on_the_model_and_its_mode_is_kept():
    model = Uneven().train()
    sampled_times(FROM_SECOND, watch(model, "late"), 4)
    assert all(module.training for module in model.modules())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_a_sampler_without_finite_places_is_an_error():
    (fed,) = watch(Uneven(), "late")
    fed.module.sampled_at = lambda x: torch.full((1, 4), torch.nan)
    with pytest.raises(ModelError, match="picks samples at no finite place"):
        sampled_times(FROM_SECOND, [fed], 4)


def test_uneven_frames_count_by_their_own_times():
    times = (0.0, 0.1, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    clip = replace(FROM_SECOND, times=times)
    assert sampled_times(clip, watch(Uneven(), "late", clip), 4) == pytest.approx(np.array([0.1, 0.5, 0.65, 0.9]))
