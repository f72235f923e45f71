import gc
import weakref

import pytest
import torch
from torch import nn

import dtfviz
from dtfviz.core.errors import ModelError, Use

CLIP = torch.rand(1, 3, 4, 8, 8)


class Frames(nn.Module):
    """Takes B T C H W, and only that."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        return self.conv(x.flatten(0, 1)).unflatten(0, x.shape[:2]).mean(dim=(1, 3, 4))


def hooks(module):
    return len(module._forward_pre_hooks) + len(module._forward_hooks)


def test_to_wrap_twice_is_to_wrap_once():
    module = Frames()
    once = dtfviz.wrap(module, frames=4, size=8, input_layout="BTCHW")(CLIP)
    count = hooks(module)
    assert torch.equal(dtfviz.wrap(module, frames=4, size=8, input_layout="BTCHW")(CLIP), once)
    assert hooks(module) == count


def test_what_could_not_be_wrapped_is_as_it_was_and_the_layout_that_runs_is_offered():
    module = Frames()
    with pytest.raises(ModelError) as caught:
        dtfviz.wrap(module, frames=4, size=8)
    assert caught.value.hint == Use("input_layout", "BTCHW")
    assert (hooks(module), module.training, hasattr(module, "card")) == (0, True, False)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_models_of_another_number_type_are_fed_and_read(kind):
    module = nn.Sequential(nn.Conv3d(3, 4, 1), nn.AdaptiveAvgPool3d(1), nn.Flatten()).to(kind)
    model = dtfviz.wrap(module, frames=4, size=8)
    assert model.card.default_layer == "0"
    assert model(CLIP).dtype == (torch.float64 if kind == torch.float64 else torch.float32)


def test_a_model_without_parameters_is_wrapped():
    module = nn.Sequential(nn.AvgPool3d(2), nn.AdaptiveAvgPool3d(1), nn.Flatten())
    model = dtfviz.wrap(module, frames=4, size=8)
    assert model.card.default_layer == "0"
    torch.testing.assert_close(model(CLIP), CLIP.mean(dim=(2, 3, 4)))


def test_every_convolution_of_a_sequence_is_offered_and_the_last_is_the_default():
    module = nn.Sequential(
        nn.Conv3d(3, 8, 3), nn.ReLU(), nn.Conv3d(8, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten()
    )
    card = dtfviz.wrap(module, frames=8, size=8).card  # 6 steps and 4: neither divides 8
    assert [layer.name for layer in card.layers if layer.name in "02"] == ["0", "2"]
    assert (card.default_layer, card.layer("2").steps) == ("2", 4)


class Last(nn.Module):
    """Counts which of the features before it are still alive."""

    def __init__(self, earlier) -> None:
        super().__init__()
        self.earlier, self.alive = earlier, []

    def forward(self, x):
        gc.collect()
        self.alive.append(sum(feature() is not None for feature in self.earlier))
        self.earlier.clear()
        return x.mean(dim=(2, 3, 4))


def test_looking_inside_keeps_no_features():
    earlier = []
    first, second = nn.Conv3d(3, 4, 1), nn.Conv3d(4, 4, 1)
    first.register_forward_hook(lambda _, __, output: earlier.append(weakref.ref(output)))
    last = Last(earlier)
    dtfviz.wrap(nn.Sequential(first, second, last), frames=4, size=8)
    assert last.alive[0] == 0


class TwoPathways(nn.Module):
    """Few frames with many channels beside all frames with few."""

    def __init__(self) -> None:
        super().__init__()
        self.slow, self.fast, self.head = nn.Conv3d(3, 8, 1), nn.Conv3d(3, 2, 1), nn.Linear(10, 4)

    def forward(self, pathways):
        slow, fast = pathways
        return self.head(torch.cat([self.slow(slow).mean((2, 3, 4)), self.fast(fast).mean((2, 3, 4))], dim=1))


def test_a_model_of_two_pathways_is_fed_by_a_function():
    module = TwoPathways()
    expected = module([CLIP[:, :, ::4], CLIP])
    model = dtfviz.wrap(module, frames=4, size=8, feed=lambda clip: [clip[:, :, ::4], clip])
    assert torch.equal(model(CLIP), expected)
    assert [(layer.name, layer.steps) for layer in model.card.layers] == [("slow", 1), ("fast", 4)]
    assert model.card.default_layer == "fast"


def test_a_mapping_becomes_keywords_and_a_tuple_several_arguments():
    class Keywords(nn.Module):
        def forward(self, clip, scale):
            return scale * clip.mean(dim=(2, 3, 4))

    for feed in (lambda clip: {"clip": clip, "scale": 2}, lambda clip: (clip, 2)):
        model = dtfviz.wrap(Keywords(), frames=4, size=8, feed=feed)
        assert torch.equal(model(CLIP), 2 * CLIP.mean(dim=(2, 3, 4)))
