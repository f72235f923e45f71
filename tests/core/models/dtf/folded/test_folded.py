"""The definition is the oracle: in double precision both agree to 1e-10 of the largest value, a million times what
rounding adds to one sum and far less than any constant that went astray would make.
"""

import copy
import pickle

import pytest
import torch
from lively import lively_net, lively_transformer
from torch import nn

import dtfviz
from dtfviz.core.choices import FILTER_LAYOUTS, TEMPORAL
from dtfviz.core.errors import DtfvizWarning, ModelError
from dtfviz.core.models.borrow.capture import capture
from dtfviz.core.models.card import card_of
from dtfviz.core.models.dtf.folded import spectral
from dtfviz.core.models.dtf.folded.spectral import FoldedDTF, edges_and_inner, real_transform

TIGHT = 1e-10


def worst(one, other):
    """The largest difference, as a share of the largest value."""
    return float((one - other).abs().max() / other.abs().max())


def clip_for(model, batch=1, dtype=torch.float64):
    return torch.randn(batch, 3, model.card.frames, model.card.size, model.card.size, dtype=dtype)


def answers_and_gradients(model, clip):
    clip = clip.clone().requires_grad_()
    answers = model(clip)
    weights = torch.linspace(-1, 1, answers.numel(), dtype=answers.dtype).view(answers.shape)
    (gradient,) = torch.autograd.grad((answers * weights).sum(), clip)
    return answers.detach(), gradient


def check_alike(model, clip):
    folded = dtfviz.fold(model)
    for ours, exact in zip(answers_and_gradients(folded, clip), answers_and_gradients(model, clip), strict=True):
        assert worst(ours, exact) < TIGHT
    with torch.no_grad():  # without a graph other calls are made
        assert worst(folded(clip), model(clip)) < TIGHT


# --- equal to the definition ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("layout", FILTER_LAYOUTS)
@pytest.mark.parametrize("frames", [4, 8, 12, 20, 64])  # 1, 2, 3, 5 and 16 steps
def test_a_net_of_any_length_and_layout(frames, layout):
    net = lively_net(frames, filter_layout=layout)
    check_alike(net, clip_for(net, batch=2))


@pytest.mark.parametrize("temporal", TEMPORAL)
def test_a_net_with_any_temporal_operator(temporal):
    net = lively_net(temporal=temporal)
    check_alike(net, clip_for(net))


@pytest.mark.parametrize("temporal", TEMPORAL)
def test_a_transformer_with_any_temporal_operator(temporal):
    model = lively_transformer(temporal=temporal)
    check_alike(model, clip_for(model, batch=2))


def test_a_deep_stem_an_early_stride_and_blocks_without_an_operator():
    net = lively_net(deep_stem=True, early_stride=2, temporal_blocks=("layer1.1",))
    check_alike(net, clip_for(net))


def test_filters_shared_by_an_odd_number():
    """Real and imaginary parts then differ in the released layout too."""
    net = lively_net(factor_g=1)
    check_alike(net, clip_for(net))


def test_a_transformer_with_windows_that_need_no_shift():
    model = lively_transformer(size=32, window=8, depths=(1, 1), early_stride=2, frames=8)
    check_alike(model, clip_for(model))


def test_part_by_part_is_the_same(monkeypatch):
    """As large clips are filtered: a few positions at a time, of which the last part is smaller."""
    net = lively_net()
    clip = clip_for(net)
    with torch.no_grad():
        whole = dtfviz.fold(net)(clip)
        monkeypatch.setattr(spectral, "AT_ONCE", 7 * 3 * 16)
        assert worst(dtfviz.fold(net)(clip), whole) < TIGHT


def test_in_single_precision_as_close_to_the_truth_as_the_definition():
    """Against double precision, both err by rounding alone: neither by more than four times what the other does."""
    for model in (lively_net(), lively_transformer()):
        clip = clip_for(model)
        with torch.no_grad():
            truth, single = model(clip), copy.deepcopy(model).float()
            exact = worst(single(clip.float()).double(), truth)
            folded = worst(dtfviz.fold(single)(clip.float()).double(), truth)
        assert folded < 4 * exact < 1e-3


def test_half_precision_computes_spectra_in_single():
    net = lively_net().to(torch.bfloat16)
    folded = dtfviz.fold(net)
    assert folded.layer1[0].dtf_blk.straight.dtype == torch.float32
    with torch.no_grad():
        clip = clip_for(net, dtype=torch.bfloat16)
        assert folded(clip).dtype == torch.bfloat16


# --- one seam, one card -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("make", [lively_net, lively_transformer])
def test_layers_have_their_names_and_values(make):
    model = make()
    folded, clip = dtfviz.fold(model), clip_for(model)
    layers = card_of(model).layers
    with torch.no_grad(), capture(model, layers) as exact, capture(folded, layers) as ours:
        model(clip)
        folded(clip)
    assert list(ours) == list(exact)
    assert set(exact) == {layer.name for layer in layers}
    for name, value in exact.items():
        assert worst(ours[name], value) < TIGHT, name


def test_the_card_says_that_it_is_folded_and_nothing_else_changes():
    net = lively_net().float()
    folded = dtfviz.fold(net)
    assert card_of(folded).folded
    assert not card_of(net).folded
    assert dtfviz.fold(folded) is folded
    assert not folded.training
    assert not any(parameter.requires_grad for parameter in folded.parameters())
    assert dtfviz.cost(folded) == dtfviz.cost(net)


def test_the_exact_model_is_left_as_it_was():
    net = lively_net().train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    folded = dtfviz.fold(net)
    with torch.no_grad():
        for value in folded.buffers():
            value.zero_()
    assert net.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_someone_elses_model_comes_back_as_it_is():
    model = dtfviz.wrap(nn.Sequential(nn.Conv3d(3, 4, 1), nn.AdaptiveAvgPool3d(1), nn.Flatten()), frames=4, size=8)
    with pytest.warns(DtfvizWarning, match="is no model of ours: it is not folded"):
        assert dtfviz.fold(model) is model


def test_what_only_the_exact_model_says_is_asked_of_it():
    folded, clip = dtfviz.fold(lively_net()), torch.zeros(1, 3, 12, 32, 32)
    with pytest.raises(ModelError, match="what filters let through asks the exact model"):
        dtfviz.filters(folded, clip)
    with pytest.raises(ModelError, match="the receptive field of random weights asks the exact model"):
        dtfviz.receptive_field(folded)


def test_copies_and_pickles_run_after_weights_were_packed():
    folded = dtfviz.fold(lively_net().float())
    clip = clip_for(folded, dtype=torch.float32)
    with torch.no_grad():
        answers = folded(clip)
        assert torch.equal(copy.deepcopy(folded)(clip), answers)
        assert torch.equal(pickle.loads(pickle.dumps(folded))(clip), answers)
        smaller = clip[..., :16, :16]
        assert worst(folded(smaller), folded.double()(smaller.double()).float()) < 1e-3
        assert folded.float()(clip).dtype == torch.float32


# --- the transform ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 16])
def test_real_coordinates_are_those_of_the_fourier_transform(steps):
    forward, back = real_transform(steps)
    edges, inner = edges_and_inner(steps)
    signal = torch.randn(steps, dtype=torch.float64)
    spectrum = torch.fft.rfft(signal, norm="ortho")
    expected = torch.cat([spectrum.real[edges], spectrum.real[inner], spectrum.imag[inner]])
    assert torch.allclose(forward @ signal, expected, atol=1e-14)
    assert torch.allclose(back @ forward, torch.eye(steps, dtype=torch.float64), atol=1e-14)


def test_no_tensor_is_complex():
    folded = dtfviz.fold(lively_net(filter_layout="paper"))
    seen = []

    class Watch(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            out = func(*args, **(kwargs or {}))
            seen.extend(
                value.is_complex()
                for value in (out if isinstance(out, tuple) else (out,))
                if hasattr(value, "is_complex")
            )
            return out

    with torch.no_grad(), Watch():
        folded(clip_for(folded))
    assert len(seen) > 100
    assert not any(seen)
    assert any(isinstance(module, FoldedDTF) for module in folded.modules())


def test_gains_that_decayed_to_next_to_nothing_divide_no_shift():
    net = lively_net().float()
    net.layer1[0].bn2.weight.data[:4] = torch.tensor([1e-40, -1e-40, 1e-36, 1e-25])
    clip = clip_for(net, dtype=torch.float32)
    with torch.no_grad():
        assert worst(dtfviz.fold(net)(clip), net(clip)) < 1e-3


def test_a_norm_that_knows_no_statistics_is_not_folded():
    net = lively_net()
    net.layer1[0].bn1.running_mean = net.layer1[0].bn1.running_var = None
    with pytest.raises(ModelError, match="a batch norm without running statistics"):
        dtfviz.fold(net)
