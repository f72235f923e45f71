import pytest
import torch

from dtfviz.core.learning.augment import SHORT_SIDES, augment, drawing, short_side


@pytest.fixture
def noise():
    return torch.randint(0, 256, (1, 3, 30, 40), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("augmentation", SHORT_SIDES)
def test_all_frames_of_a_clip_are_changed_alike(noise, augmentation):
    still = noise.expand(5, -1, -1, -1)
    for number in range(8):
        with drawing(0, number):
            changed = augment(still, augmentation, 24, flips=True)
        assert (changed.shape, changed.dtype) == ((5, 3, 24, 24), torch.uint8)
        assert all(torch.equal(frame, changed[0]) for frame in changed)


@pytest.mark.parametrize("augmentation", ["paper", "released"])
def test_a_clip_is_changed_by_its_numbers_alone(noise, augmentation):
    def change(*numbers):
        with drawing(*numbers):
            return augment(noise, augmentation, 24, flips=True)

    first = change(3, 7)
    torch.rand(5)
    assert torch.equal(change(3, 7), first)
    assert not torch.equal(change(3, 8), first)
    assert not torch.equal(change(4, 7), first)


def test_whoever_draws_outside_notices_nothing():
    torch.manual_seed(1)
    wanted = torch.rand(3)
    torch.manual_seed(1)
    with drawing(0, 0):
        torch.rand(100)
    assert torch.equal(torch.rand(3), wanted)


def test_crops_of_224_come_from_short_sides_of_256_to_340_and_others_in_proportion():
    with drawing(0):
        sides = [short_side("paper", 224) for _ in range(2000)]
        assert {short_side("none", 112) for _ in range(5)} == {112}
        assert {short_side("released", 112) for _ in range(5)} == {170}
        assert 64 * 256 / 224 - 1 < short_side("paper", 64) < 64 * 340 / 224 + 1
    assert (min(sides), max(sides)) == (256, 340)  # missed with probability 2 * (84/85)^2000 = 1e-10


def test_half_of_the_clips_are_mirrored_and_none_where_direction_matters(noise):
    crop = noise[..., :30]

    def mirrored(number, flips):
        with drawing(0, number):
            return torch.equal(augment(crop, "paper", 30, flips=flips), crop.flip(-1))

    assert (
        60 < sum(mirrored(number, True) for number in range(150)) < 90
    )  # 2.4 standard deviations; the numbers are seeded
    assert not any(mirrored(number, False) for number in range(20))


def test_without_augmentation_the_middle_is_cut(noise):
    assert torch.equal(augment(noise, "none", 30, flips=False), noise[..., 5:35])


def test_the_released_augmentation_changes_colour_and_size_of_most_clips(noise):
    grey = 0
    for number in range(100):
        with drawing(1, number):
            changed = augment(noise, "released", 24, flips=False)
        grey += bool((changed == changed[:, :1]).all())
    assert 10 < grey < 32  # of 100 at probability .2; seeded
