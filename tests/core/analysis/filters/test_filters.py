import gc
from dataclasses import replace

import numpy as np
import pytest
import torch
from recipe import fill_seeded
from videos import write_video

import dtfviz
from dtfviz.core.analysis.cam.gradcam import explain
from dtfviz.core.analysis.filters import filters as analysis
from dtfviz.core.analysis.filters.filters import count_distinct, remarks_on_cold, where_it_looks
from dtfviz.core.choices import PAPER, RELEASED
from dtfviz.core.errors import ModelError, OptionError
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.models.building import build_model
from dtfviz.core.results.filters import Cell, Filters, Position, StaticFilters


def small(**arguments):
    shape = {"depths": (1, 1, 1, 1), "widths": (16, 32, 32, 32), "expansion": 2, "num_classes": 10}
    return fill_seeded(build_model("dtf_net_r50", **(shape | arguments)), 5)


@pytest.fixture(scope="module")
def net():
    """Weights that differ everywhere; 16 steps, two groups of 16 channels from layer2 on."""
    return small(filter_layout=PAPER, early_stride=1)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """96 x 64, of which the crop takes the columns 16 to 79; 16 frames, every second one."""
    return read_clip(
        write_video(tmp_path_factory.mktemp("filters") / "v.mp4", 40, size=(96, 64)), Sampling(16, stride=2), 64
    )


@pytest.fixture(scope="module")
def found(net, clip):
    return dtfviz.filters(net, clip, [(20, 5), Cell(2, 3), (70, 60)], "layer2")


def seen_by_hand(net, clip, path):
    """The block's input and filter by a hook and its own methods."""
    from dtfviz.core.models.inputs import as_input

    block, fed = net.get_submodule(path), []
    with block.register_forward_hook(lambda part, inputs, output: fed.append(inputs[0])), torch.no_grad():
        net(as_input(clip, net.card))
        return block, fed[0], block.filter(block.enhance(fed[0]))


def test_filters_are_those_that_the_block_predicts_where_it_was_asked(net, clip, found):
    block, x, filter = seen_by_hand(net, clip, "layer2.0.dtf_blk")
    assert (found.layer, found.block, found.filter_layout, found.trust) == (
        "layer2",
        "layer2.0.dtf_blk",
        PAPER,
        "UNTRAINED",
    )
    assert found.grid == x.shape[-2:] == (8, 8)
    assert [(place.row, place.col) for place in found.positions] == [(1, 0), (2, 3), (7, 7)]
    for index, place in enumerate(found.positions):
        at = filter[0, :, :, place.row, place.col]
        assert np.array_equal(found.filters[index], at.numpy())
        kernel = block.effective_kernel(at).detach()
        own = kernel.diagonal().T.numpy()
        assert np.allclose(found.effective_kernels[index], own, rtol=0, atol=1e-5 * np.abs(own).max())
        assert np.allclose(found.effective_kernel_energy[index], kernel.square().sum(dim=1), rtol=1e-5)
    assert found.filters.shape == found.effective.shape == found.effective_energy.shape == (3, 32, 9)
    assert found.kernels.shape == found.effective_kernel_energy.shape == (3, 32, 16)
    assert found.sensitivity.shape == (3, 16, 16)
    assert found.displacement.shape == (15, 8, 8, 2)


def test_time_is_that_of_the_video(found):
    assert found.spacing == pytest.approx(2 / 25)
    assert found.frequencies_hz[1] == pytest.approx(1 / (16 * 2 / 25))
    assert found.frequencies_hz[-1] == pytest.approx(25 / 4)


def test_channels_of_a_group_share_one_filter_and_no_channel_is_flat_in_the_paper_layout(found):
    groups = found.filters.reshape(3, 2, 16, 9)
    assert np.array_equal(groups, np.broadcast_to(groups[:, :, :1], groups.shape))
    assert not np.array_equal(groups[:, 0], groups[:, 1])
    assert (found.distinct == 18).all()
    assert not any("flat" in remark for remark in found.remarks)


@pytest.mark.parametrize(("early_stride", "single"), [(4, 0.75), (1, 0)])
def test_the_released_layout_leaves_a_channel_one_or_two_values_and_says_so(clip, early_stride, single):
    model = small(filter_layout=RELEASED, early_stride=early_stride)
    found = dtfviz.filters(model, clip, [(40, 40)], "layer2")
    assert set(found.distinct) <= {1, 2}
    assert (found.distinct == 1).mean() == single
    assert any("nearly flat by construction" in remark for remark in found.remarks)


def test_distinct_values_are_counted_over_both_parts():
    filters = np.array([[[1 + 1j, 1 + 1j], [1 + 2j, 1 + 1j]], [[3 + 3j, 3 + 3j], [1 + 2j, 3 + 4j]]])
    assert count_distinct(filters).tolist() == [1, 4]


def test_maps_cover_the_layer_and_rank_its_positions(net, clip, found):
    from dtfviz.core.analysis.filters.activity import MEASURES

    assert set(found.activity) == set(MEASURES)
    assert all(values.shape == (8, 8) for values in found.activity.values())
    hottest = [Cell(*divmod(int(found.activity[name].argmax()), 8)) for name in MEASURES]
    again = dtfviz.filters(net, clip, hottest, "layer2")
    assert [again.ranks(name)[index] for index, name in enumerate(MEASURES)] == [1] * len(MEASURES)
    energies = (np.abs(found.filters) ** 2).sum(axis=(1, 2))
    at = [found.activity["raw"][place.row, place.col] for place in found.positions]
    assert energies == pytest.approx(at, rel=1e-5)


def test_without_positions_they_are_the_peak_and_trough_of_grad_cam(net, clip):
    from dtfviz.core.analysis.filters.positions import extremes

    cam = dtfviz.gradcam(net, clip)
    found = dtfviz.filters(net, clip, layer="layer2")
    assert tuple((place.x, place.y) for place in found.positions) == extremes(cam)
    assert np.array_equal(found.cam.raw, cam.raw)
    other = dtfviz.gradcam(net, clip, 7, "layer1")
    assert dtfviz.filters(net, clip, layer="layer2", cam=other).cam is other
    assert dtfviz.filters(net, clip, [(40, 40)]).cam is None


def test_a_blank_map_gives_way_to_that_of_the_last_stage(net, clip, monkeypatch):
    def blank_at_the_third(model, clip, target, layer, method):
        seen = explain(model, clip, target, layer or "layer3", method)
        return replace(seen, raw=-np.abs(seen.raw)) if layer is None else seen

    assert where_it_looks(net, clip).layer == net.card.default_layer
    monkeypatch.setattr(analysis, "explain", blank_at_the_third)
    assert where_it_looks(net, clip).layer == "layer4"


def test_auto_stands_beside_positions_that_are_named(net, clip):
    auto, found = (dtfviz.filters(net, clip, wishes, "layer2") for wishes in (None, [(40, 40), "auto"]))
    assert found.positions[1:] == auto.positions
    assert (found.positions[0].x, found.positions[0].y) == (40, 40)


def test_noise_that_is_everywhere_is_no_motion():
    cold = Position(0, 0, 0, 0, (0, 0, 1, 1))
    noisy = np.array([[1.2, 1.0], [1.0, 1.1]])
    assert remarks_on_cold(cold, noisy) == ()
    assert "those of 75% of the cells" in remarks_on_cold(cold, noisy * [[3, 1], [1, 1]])[0]
    assert remarks_on_cold(cold, np.array([[1e-4, 0], [0, 0]])) == ()  # less than a grey level


def test_a_cold_position_that_moves_is_remarked(net, clip):
    still = np.repeat(clip.frames[:1], 16, axis=0)
    cam = dtfviz.gradcam(net, clip, layer="layer2")
    cold = dtfviz.filters(net, clip, layer="layer2", cam=cam).positions[1]
    moving = still.copy()
    moving[::2, cold.row * 8 : cold.row * 8 + 8, cold.col * 8 : cold.col * 8 + 8] = 255
    for frames, is_said in ((still, False), (moving, True)):
        found = dtfviz.filters(net, replace(clip, frames=frames), layer="layer2", cam=cam)
        assert any("cold position is not still" in remark for remark in found.remarks) == is_said


def test_odd_wishes_and_models_are_remarked(clip):
    fresh = build_model("dtf_net_r50", depths=(1, 1, 1, 1), widths=(16, 16, 16, 16), expansion=2, num_classes=3)
    remarks = dtfviz.filters(fresh, clip, [(40, 40), (41, 41)], "layer4").remarks
    assert any("alpha is zero" in remark for remark in remarks)
    assert any("lie in one cell" in remark for remark in remarks)


def test_one_learnt_filter_is_the_same_everywhere(clip):
    model = build_model(
        "dtf_net_r50", depths=(1, 1, 1, 1), widths=(16, 16, 16, 16), expansion=2, temporal="dtf_f", num_classes=3
    )
    found = dtfviz.filters(model, clip, [(20, 5), (70, 60)], "layer2")
    assert found.same_everywhere
    assert np.array_equal(found.filters[0], found.filters[1])
    assert found.displacement is None
    assert any("same at every position" in remark for remark in found.remarks)


def test_a_convolution_over_steps_has_no_positions(clip):
    model = build_model(
        "dtf_net_r50", depths=(1, 1, 1, 1), widths=(8, 8, 8, 8), expansion=2, temporal="dtf_1d", num_classes=3
    )
    found = dtfviz.filters(model, clip, [(20, 5)], "layer2")
    assert isinstance(found, StaticFilters)
    assert found.block == "layer2.0.dtf_blk"


def test_transformers_have_filters_too(tmp_path):
    model = build_model("dtf_swin_s", depths=(2, 2), heads=(2, 2), embed=32, size=56, num_classes=4)
    clip = read_clip(write_video(tmp_path / "v.mp4", 20, size=(64, 64)), Sampling(16), 56)
    found = dtfviz.filters(model, clip, [(10, 50)], "layers.1")
    assert isinstance(found, Filters)
    assert (found.block, found.grid, found.steps) == ("layers.1.blocks.1.dtf_block", (7, 7), 4)


def test_what_cannot_be_met_says_why(net, clip):
    with pytest.raises(OptionError, match="outside the center crop"):
        dtfviz.filters(net, clip, [(5, 5)])
    with pytest.raises(OptionError, match="layers that have one"):
        dtfviz.filters(net, clip, [(40, 40)], "layer9")
    plain = build_model("c2d_r50", depths=(1, 1, 1, 1), num_classes=3)
    with pytest.raises(ModelError, match="has no temporal filter"):
        dtfviz.filters(plain, clip)


def test_the_model_is_left_as_it_was_found(net, clip):
    before = {name: value.clone() for name, value in net.state_dict().items()}
    net.train()
    dtfviz.filters(net, clip, layer="layer2")
    assert net.training
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in net.modules())
    assert all(parameter.grad is None for parameter in net.parameters())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    net.eval()


def test_results_hold_no_tensor(net, clip):
    def alive():
        gc.collect()
        return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())

    dtfviz.filters(net, clip, [(40, 40)])
    before = alive()
    kept = [dtfviz.filters(net, clip, [(40, 40)]) for _ in range(5)]
    assert alive() == before
    assert len(kept) == 5
