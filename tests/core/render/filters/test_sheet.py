from dataclasses import replace

import numpy as np
import pytest
from found import full_filters, static_of
from matplotlib.backends.backend_agg import FigureCanvasAgg
from pictures import assert_legible
from videos import write_video

import dtfviz
from dtfviz.core.errors import OptionError
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.render.filters.layout import film_frames, film_height
from dtfviz.core.render.filters.panels import NAMES, choose_ticks
from dtfviz.core.render.filters.sheet import filter_sheet

MAGNITUDE = NAMES["raw", "magnitude"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return read_clip(write_video(tmp_path_factory.mktemp("sheet") / "walk.mp4", 20, size=(96, 64)), Sampling(16), 32)


@pytest.fixture(scope="module")
def found(clip):
    return full_filters(clip)


def axes_named(figure, label):
    return [axes for axes in figure.axes if axes.get_ylabel() == label]


def units_above(figure):
    return [child.get_xlabel() for axes in figure.axes for child in axes.child_axes]


def words_of(figure):
    return figure._supxlabel.get_text()


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_no_text_overlaps_another_or_leaves_the_picture(found, width):
    assert_legible(filter_sheet([found], width=width))
    assert_legible(filter_sheet([found], view="effective", channels="mean", width=width))


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_several_results_and_static_ones_can_be_read_too(clip, found, width):
    four_steps = full_filters(clip, steps=4, filter_layout="released", spacing=np.nan)
    assert_legible(filter_sheet([found, four_steps], ["layer2", "layer3"], width=width))
    assert_legible(filter_sheet([static_of(clip)], width=width))


def test_a_convolution_has_no_phase_beside_a_filter_that_has(clip, found):
    figure = filter_sheet([found, static_of(clip)], ["dtf", "dtf_1d"], view="raw")
    assert_legible(figure)
    phases = [axes for axes in figure.axes if [tick.get_text() for tick in axes.get_yticklabels()] == ["-π", "0", "π"]]
    assert [bool(axes.axison) for axes in phases] == [True, False]  # the second column has no labels
    assert not phases[-1].lines


def test_panels_of_a_kind_share_their_scales_across_positions_and_results(clip, found):
    louder = full_filters(clip, filters=3 * found.filters)
    figure = filter_sheet([found, louder], ["a", "b"], view="raw")
    FigureCanvasAgg(figure).draw()
    for label in (MAGNITUDE, "temporal\nkernel"):
        spans = {axes.get_ylim() for axes in axes_named(figure, label)}
        assert len(spans) == 1
        assert spans.pop()[1] > np.abs(found.filters).max() / 16


def test_stems_are_the_mean_over_channels_and_hollow_where_the_kernel_has_none_of_it(found):
    figure = filter_sheet([found], view="raw", channels="mean")
    (axes,) = axes_named(figure, MAGNITUDE)
    solid, hollow = (line for line in axes.lines if line.get_marker() == "s")
    kept, whole = np.abs(found.filters[0]).mean(axis=0), np.abs(found.filters[0]).mean(axis=0)
    kept[[0, 8]] = np.abs(found.filters[0].real).mean(axis=0)[[0, 8]]
    assert solid.get_ydata() == pytest.approx(kept)
    assert solid.get_xdata().tolist() == list(range(9))
    assert hollow.get_fillstyle() == "none"
    assert hollow.get_ydata()[[0, 8]] == pytest.approx(whole[[0, 8]])
    assert np.isnan(hollow.get_ydata()[1:8]).all()
    assert axes.get_ylim()[1] > whole.max()


def test_four_stages_of_a_clip_and_four_clips_fit_a_page_each(clip, found):
    others = [replace(clip, indices=tuple(range(begin, 16 + begin))) for begin in range(1, 5)]
    stages = [replace(found, layer=f"layer{number}") for number in range(1, 5)]
    for results, view in ((stages, "both"), ([full_filters(other) for other in others], "raw")):
        figure = filter_sheet(results, ["one", "two", "three", "four"], view=view)
        assert_legible(figure)
        assert figure.get_figheight() <= 9.5


def test_four_stages_fit_a_column_where_their_axes_are_told_once(found):
    """The effective responses go, which the picture says, unless they were asked for; heads say pixels no more."""
    stages = [replace(found, layer=f"layer{number}") for number in range(1, 5)]
    figure = filter_sheet(stages, ["one", "two", "three", "four"], width=3.3)
    assert_legible(figure)
    assert figure.get_figheight() <= 9.8
    assert "effective responses left out for room" in words_of(figure)
    assert not axes_named(figure, "effective kernel:\nroot of squares\nover inputs")
    beneath = [axes.get_xlabel() for axes in figure.axes if axes.get_xlabel()]
    assert beneath == ["bin"] * 2 + ["circular lag (of 16 steps)"] * 2  # in both columns of the last
    assert units_above(figure) == ["Hz", "Hz", "s", "s"]  # and in those of the first
    heads = [axes.get_title().split("\n")[0] for axes in figure.axes if "rank" in axes.get_title()]
    assert heads == ["■ cell 0,0", "● cell 1,0"] * 4
    uneven = [*stages[:3], full_filters(found.clip, steps=4)]
    assert units_above(filter_sheet(uneven, [""] * 4, view="raw")) == ["Hz", "Hz", "s", "s"] * 4
    assert len(axes_named(filter_sheet(stages[:1], width=3.3), "effective kernel:\nroot of squares\nover inputs")) == 1


def test_layers_of_one_clip_share_a_film_which_shows_the_cells_of_all(clip, found):
    """A cell of 16 pixels and one of 8, at the same pixel, and arrows of the layer where they are longer."""
    fine = [replace(place, box=(place.x, place.y, 8, 8)) for place in found.positions]
    other = full_filters(clip, layer="layer1", positions=2, displacement=found.displacement / 2)
    figure = filter_sheet([found, replace(other, positions=tuple(fine))], ["layer3", "layer1"], width=12)
    films = [axes for axes in figure.axes if axes.images]
    assert len(films) == 2 * 5
    boxes = {(patch.get_width(), patch.get_height()) for patch in films[0].patches}
    assert {(16, 32), (8, 8)} <= boxes
    assert "of layer3, which moves furthest" in words_of(figure)
    again = full_filters(clip, cam=replace(found.cam, raw=found.cam.raw[::-1]))
    apart = filter_sheet([found, again], ["a", "b"], width=12)
    assert len([axes for axes in apart.axes if axes.images]) == 2 * 2 * 5
    assert "furthest" not in words_of(apart)


def test_an_upright_video_shows_more_frames_rather_than_taller_ones(found):
    upright = replace(found.clip, video=replace(found.clip.video, width=64, height=144))
    tall = replace(found, clip=upright, cam=replace(found.cam, clip=upright))
    assert [film_frames(one, 3.3) for one in (found, tall)] == [3, 7]
    assert film_height(tall, 3.3) < 2.2


def test_the_first_and_last_bin_lag_and_frequency_carry_ticks(clip):
    """16 steps of 0.04 s: bins 0 to 8, of which the last is at 12.5 Hz, lags -8 to 7."""
    figure = filter_sheet([full_filters(clip)], view="raw")
    ends = {}
    for axes in (axis for axis in figure.axes if axis.axison and axis.get_xlabel()):
        for shown in (axes, *axes.child_axes):
            labels = [tick.get_text() for tick in shown.get_xticklabels()]
            ends[shown.get_xlabel()] = labels[0], labels[-1]
    assert ends == {
        "bin": ("0", "8"),
        "circular lag (of 16 steps)": ("-8", "7"),
        "s": ("-0.32", "0.28"),
    }
    above = axes_named(figure, MAGNITUDE)[0].child_axes[0]
    assert [tick.get_text() for tick in above.get_xticklabels()][:: len(above.get_xticks()) - 1] == ["0", "12.5"]


@pytest.mark.parametrize(("last", "most"), [(0, 5), (1, 5), (2, 3), (7, 5), (8, 5), (13, 3), (32, 4)])
def test_ticks_have_both_ends_and_stay_apart(last, most):
    chosen = choose_ticks(0, last, most, is_integer=True)
    assert (chosen[0], chosen[-1]) == (0, last)
    assert len(chosen) <= most + 1
    assert all(tick == int(tick) for tick in chosen)
    assert not last or min(np.diff(chosen)) >= last / (2 * most)


def test_where_every_phase_is_weak_the_panel_says_so(clip, found):
    faint = full_filters(clip, filters=found.filters / 1000)
    words = [text.get_text() for axes in filter_sheet([found, faint], ["a", "b"]).axes for text in axes.texts]
    assert words.count("too weak") == 2  # in both columns of the second


def test_seconds_and_hertz_are_left_out_where_frames_have_no_order(clip):
    def above(spacing):
        figure = filter_sheet([full_filters(clip, spacing=spacing)], view="raw")
        return {child.get_xlabel() for axes in figure.axes for child in axes.child_axes}

    assert above(0.04) == {"Hz", "s"}
    assert above(np.nan) == {"cycles a step"}


def test_the_picture_says_what_it_shows(clip, found):
    words = words_of(filter_sheet([found]))
    for part in (
        "net (UNTRAINED)",
        "layer3, 16 steps, 0.04 s apart",
        "paper layout",
        "walk.mp4, 16 frames",
        "10% to 90%",
        "until the next step",
        "in no kernel and acts through the complex mixing",
        "root of the sum of squares over input channels",
    ):
        assert part in words
    released = replace(found, filter_layout="released", distinct=np.array([1, 2]))
    assert "released layout: a channel holds 1 to 2 distinct values" in words_of(filter_sheet([released], width=12))
    assert filter_sheet([found], has_caption=False)._supxlabel is None
    assert [text.get_text() for text in filter_sheet([found], has_caption=False).texts] == ["UNTRAINED"]
    assert not filter_sheet([replace(found, trust="trained")], has_caption=False).texts


def test_a_bare_convolution_is_its_own_effect(clip):
    bare, shelled = (filter_sheet([static_of(clip, scale=np.full(2, scale))]) for scale in (1.0, 0.5))
    assert not axes_named(bare, "effective\nkernel")
    assert axes_named(shelled, "effective\nkernel")
    assert any("the same at every position" in axes.get_title() for axes in bare.axes)


def test_more_positions_than_there_is_room_for_are_refused(clip):
    with pytest.raises(OptionError, match="there is room for 3"):
        filter_sheet([full_filters(clip, positions=4)], width=3.3)


def test_filters_are_saved_as_pictures(clip, found, tmp_path):
    for suffix in (".png", ".svg", ".pdf"):
        assert dtfviz.save(found, tmp_path / f"f{suffix}").stat().st_size > 5000
    assert dtfviz.save(static_of(clip), tmp_path / "s.png").stat().st_size > 5000
