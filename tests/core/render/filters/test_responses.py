import numpy as np
import pytest
from found import filters_of, full_filters, static_of
from videos import write_video

from dtfviz.core.errors import OptionError
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.render.filters.responses import (
    centred,
    check_channels,
    phase_floor,
    phases,
    pick_channels,
    places_of,
    respond,
)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return read_clip(write_video(tmp_path_factory.mktemp("responses") / "v.mp4", 20, size=(96, 64)), Sampling(16), 32)


@pytest.mark.parametrize(("steps", "expected"), [(1, [0]), (2, [-1, 0]), (4, [-2, -1, 0, 1]), (5, [-2, -1, 0, 1, 2])])
def test_circular_lags_are_centred_on_zero(steps, expected):
    order, lags = centred(steps)
    assert lags.tolist() == expected
    assert ((lags - order) % steps == 0).all()


def test_a_delayed_impulse_stands_at_its_lag(clip):
    ramp = np.exp(-2j * np.pi * np.arange(5) * 3 / 8)
    shown = respond(filters_of(clip, [ramp], 8), "raw", 0, "mean")
    assert shown.kernel.mean == pytest.approx((shown.lags == 3).astype(float), abs=1e-15)
    assert shown.magnitude.mean == pytest.approx(np.ones(5))
    assert shown.frequencies.tolist() == [0, 1 / 8, 2 / 8, 3 / 8, 4 / 8]
    assert (shown.period, shown.own) == (8, None)


def test_mean_and_band_are_over_channels(clip):
    shown = respond(filters_of(clip, np.arange(11)[:, None] * np.ones(3), 4), "raw", 0, "10,2").magnitude
    assert (shown.mean.tolist(), shown.low.tolist(), shown.high.tolist()) == ([5] * 3, [1] * 3, [9] * 3)
    assert shown.single.tolist() == [[10] * 3, [2] * 3]
    assert shown.extent == (1, 10)


def test_phase_is_shown_where_it_acts_and_the_magnitude_says_something():
    found = phases(np.array([[1j, 1j, 0.05j, -1, 1j]]), 8, 0.1)
    assert found[0] == pytest.approx([np.nan, np.pi / 2, np.nan, np.pi, np.nan], nan_ok=True)


def test_one_floor_holds_for_all_panels_of_a_figure(clip):
    """A filter 100 times weaker has no phase beside a strong one; what is in no kernel does not raise the floor."""
    strong = np.array([[1 + 9j, 2j, 0.1j, 1, 1]])
    panels = [respond(filters_of(clip, factor * strong, 8), "raw", 0, "mean") for factor in (1, 0.01)]
    floor = phase_floor(panels)
    assert floor == pytest.approx(0.2)
    assert [np.isfinite(phases(panel.spectra, 8, floor)[0]).tolist() for panel in panels] == [
        [False, True, False, True, False],
        [False] * 5,
    ]


@pytest.mark.parametrize(("steps", "ends"), [(8, [0, 4]), (7, [0])])
def test_a_magnitude_is_that_of_what_the_kernel_holds_and_the_rest_stands_beyond(clip, steps, ends):
    """A pair holds the same energy: T sum k^2 = sum |F|^2 over all T bins, inner ones twice."""
    draw = np.random.default_rng(0)
    spectrum = draw.normal(size=(1, steps // 2 + 1)) + 1j * draw.normal(size=(1, steps // 2 + 1))
    shown = respond(filters_of(clip, spectrum, steps), "raw", 0, "mean")
    often = np.where(np.isin(np.arange(steps // 2 + 1), ends), 1, 2)
    assert (often * shown.magnitude.mean**2).sum() == pytest.approx(steps * (shown.kernel.mean**2).sum(), rel=1e-14)
    assert shown.magnitude.mean[ends] == pytest.approx(np.abs(spectrum[0, ends].real))
    assert shown.beyond[ends] == pytest.approx(np.abs(spectrum[0, ends]))
    assert np.flatnonzero(np.isfinite(shown.beyond)).tolist() == ends


def test_the_effective_response_is_over_all_inputs_with_the_channels_own_beside_it(clip):
    found = full_filters(clip, steps=8)
    shown = respond(found, "effective", 1, "mean")
    assert shown.magnitude.mean == pytest.approx(np.sqrt(found.effective_energy[1]).mean(axis=0))
    own, kernel = shown.own
    assert own == pytest.approx(np.abs(found.effective[1]).mean(axis=0))
    assert kernel[shown.lags == 0] == pytest.approx(found.effective_kernels[1].mean(axis=0)[0])
    assert (shown.spectra, shown.beyond) == (None, None)


def test_a_fixed_convolution_is_scaled_by_its_shell_in_its_effect(clip):
    found = static_of(clip, scale=np.array([-0.5, 1]))
    raw, effective = (respond(found, view, 0, "0") for view in ("raw", "effective"))
    assert (raw.kernel.single.tolist(), effective.kernel.single.tolist()) == ([[-1, 0, 1]], [[0.5, 0, -0.5]])
    assert effective.magnitude.single == pytest.approx(raw.magnitude.single / 2)
    assert (raw.period, places_of(found)) == (None, (None,))


def test_top_channels_have_the_most_energy_and_one_stands_for_those_that_share_a_filter(clip):
    found = filters_of(clip, np.array([3, 1, 3, 2, 2])[:, None] * np.ones(3), 4)
    assert pick_channels(found, "top:2") == [0, 3]
    assert pick_channels(found, "top:9") == [0, 3, 1]
    assert pick_channels(filters_of(clip, [[9j, 1, 9j], [1, 1, 1]], 4), "top:1") == [1]  # the other's is in no kernel
    assert pick_channels(found, "mean") == []
    assert pick_channels(found, "4,1") == [4, 1]
    with pytest.raises(OptionError, match="channels are 0 to 4"):
        pick_channels(found, "5")


@pytest.mark.parametrize("wanted", ["top", "top:", "first", "1,", "-1", "top:-1"])
def test_what_is_no_choice_of_channels_is_refused(wanted):
    with pytest.raises(OptionError, match="no channels are called"):
        check_channels(wanted)
