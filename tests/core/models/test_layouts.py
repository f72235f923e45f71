import pytest
import torch

from dtfviz.core.models.card import Layer
from dtfviz.core.models.layouts import BY_PLACE, LAYOUTS, as_clip, read_layout

B, C, T, H, W = 2, 5, 4, 3, 3


def fold(clip, layout):
    """(B, C, T, H, W) as a layer of that layout would give it."""
    last = clip.permute(0, 2, 3, 4, 1)  # B T H W C
    token = torch.full((1,), -7.0)
    return {
        "BCTHW": lambda: clip,
        "BTHWC": lambda: last,
        "(BT)CHW": lambda: clip.transpose(1, 2).flatten(0, 1),
        "(BT)HWC": lambda: last.flatten(0, 1),
        "(BT)(HW)C": lambda: last.flatten(0, 1).flatten(1, 2),
        "(BT)(1+HW)C": lambda: torch.cat(
            [token.expand(B * clip.shape[2], 1, C), last.flatten(0, 1).flatten(1, 2)], dim=1
        ),
        "B(THW)C": lambda: last.flatten(1, 3),
        "B(HWT)C": lambda: last.permute(0, 2, 3, 1, 4).flatten(1, 3),
        "B(1+HWT)C": lambda: torch.cat([token.expand(B, 1, C), last.permute(0, 2, 3, 1, 4).flatten(1, 3)], dim=1),
        "B(1+THW)C": lambda: torch.cat([token.expand(B, 1, C), last.flatten(1, 3)], dim=1),
    }[layout]()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("in_a_tuple", [False, True])
def test_every_layout_becomes_the_clip_it_was(layout, in_a_tuple):
    clip = torch.randn(B, C, T, H, W)
    output = fold(clip, layout)
    output = (output, "something else") if in_a_tuple else output
    assert torch.equal(as_clip(output, Layer("any", layout, T, grid=(H, W))), clip)
    assert torch.equal(as_clip(output, Layer("any", layout, T)), clip)  # square grids need not be said


@pytest.mark.parametrize("layout", sorted({*LAYOUTS} - {*BY_PLACE}))
def test_every_layout_is_read_off_its_shape(layout):
    reading = read_layout(fold(torch.randn(B, C, 2, H, W), layout), B, 8)
    assert reading is not None
    assert (reading.layout, reading.steps, reading.grid) == (layout, 2, (H, W))


def test_what_has_two_readings_is_not_guessed_and_can_be_stated():
    cube = torch.zeros(2, 4, 4, 4, 4)
    assert read_layout(cube, 2, 8) is None
    assert read_layout(cube, 2, 8, "BTHWC").steps == 4
    assert read_layout(torch.zeros(2, 16, 5), 2, 16) is None  # 4 steps of 2 x 2, or one of 4 x 4
    assert read_layout(torch.zeros(2, 10), 2, 8) is None
    assert read_layout({"a": 1}, 2, 8) is None


def test_a_grid_said_beside_the_tokens_is_believed():
    reading = read_layout((torch.zeros(2, 1 + 4 * 2 * 3, 5), [4, 2, 3]), 2, 8)
    assert (reading.layout, reading.steps, reading.grid) == ("B(1+THW)C", 4, (2, 3))


def test_what_may_be_steps_alone_is_not_taken_for_a_grid():
    assert read_layout(torch.zeros(2, 8, 5), 2, 16) is None  # not 2 steps of 2 x 2
    assert read_layout(torch.zeros(2, 9, 5), 2, 16) is None  # nor with a class token
    assert read_layout(torch.zeros(2, 8, 5), 2, 16, grids=[(2, 2, 2)]).layout == "B(THW)C"
