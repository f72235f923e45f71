import numpy as np
import pytest
from found import filters_of
from videos import write_video

from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """96 x 64, of which the crop takes the columns 16 to 79; 16 frames, 1/25 s apart."""
    return read_clip(write_video(tmp_path_factory.mktemp("filters") / "v.mp4", 20, size=(96, 64)), Sampling(16), 32)


@pytest.mark.parametrize("steps", [1, 2, 4, 5, 8, 16])
def test_an_all_ones_filter_is_the_unit_impulse_and_a_phase_ramp_a_shift(clip, steps):
    bins = np.arange(steps // 2 + 1)
    ramps = [np.ones(len(bins)), np.exp(-2j * np.pi * bins / steps), np.exp(2j * np.pi * bins / steps)]
    found = filters_of(clip, ramps, steps)
    assert found.steps == steps
    for kernel, lag in zip(found.kernels[0], (0, 1, -1), strict=True):
        assert np.allclose(kernel, np.roll(np.eye(steps)[0], lag), rtol=0, atol=1e-15)
    assert np.array_equal(found.effective_kernels, found.kernels)


@pytest.mark.parametrize("steps", [1, 2, 4, 5, 8, 16])
def test_a_kernel_holds_the_energy_of_its_filter_over_all_of_the_t_bins(clip, steps):
    """Parseval for a forward transform without a factor: sum k^2 = sum |F|^2 / T, inner bins twice, real parts of
    the outer ones.
    """
    draw = np.random.default_rng(0)
    filter = draw.normal(size=steps // 2 + 1) + 1j * draw.normal(size=steps // 2 + 1)
    found = filters_of(clip, [filter], steps)
    outer = [0, steps // 2] if steps % 2 == 0 else [0]
    inner = np.delete(filter, outer)
    expected = ((filter[outer].real ** 2).sum() + 2 * (np.abs(inner) ** 2).sum()) / steps
    assert (found.kernels**2).sum() == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("steps", "last"), [(4, 2), (5, 2 + 5j)])
def test_what_is_beyond_a_kernel_is_imaginary_and_stands_at_the_ends(clip, steps, last):
    found = filters_of(clip, [[3 + 4j, 1 + 1j, 2 + 5j]], steps)
    assert found.kernel_spectra[0, 0] == pytest.approx(np.array([3, 1 + 1j, last]))
    assert found.beyond_kernel == pytest.approx([1 - (9 + 2 + abs(last) ** 2) / (25 + 2 + 29)])
    assert filters_of(clip, np.zeros((2, 3)), steps).beyond_kernel == pytest.approx([0])


def test_frequencies_are_whole_cycles_of_the_clip_and_lags_are_steps(clip):
    found = filters_of(clip, np.ones((2, 5)), 8, spacing=0.08)
    assert found.frequencies_hz == pytest.approx([0, 1 / 0.64, 2 / 0.64, 3 / 0.64, 6.25])
    assert found.lags_s == pytest.approx(np.arange(8) * 0.08)
    assert found.step_times[1] - found.step_times[0] == pytest.approx(2 / 25)


def test_ranks_count_the_positions_that_are_more_active(clip):
    assert filters_of(clip, np.ones((1, 3)), 4).grid == (2, 4)
    assert filters_of(clip, np.ones((1, 3)), 4).ranks("raw") == (2,)  # row 1, column 2 of 0 to 7
    assert filters_of(clip, np.ones((1, 3)), 4, activity={"raw": np.ones((2, 4))}).ranks("raw") == (1,)


def test_displacement_in_pixels_is_that_of_cells_by_their_size(clip):
    moves = np.ones((3, 2, 4, 2))
    found = filters_of(clip, np.ones((1, 3)), 4, displacement=moves)
    assert np.array_equal(found.displacement_px[0, 0, 0], [16, 32])  # a crop of 64 x 64 in 4 columns and 2 rows
    assert filters_of(clip, np.ones((1, 3)), 4).displacement_px is None
