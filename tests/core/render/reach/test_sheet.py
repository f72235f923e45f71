import json
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.image import imread
from pictures import assert_legible

import dtfviz
from dtfviz.core.render.reach.sheet import profile_chart, reach_sheet, write_several
from dtfviz.core.results.reach import LayerSpans, Reach, Span, Theory


def span(length, begin, positions, stride=4, size=11, maker=""):
    begins = begin + stride * np.arange(positions)
    return Span(length, begins, begins + size - 1, maker=maker)


@pytest.fixture
def reach():
    """A cone that narrows away from frame 9 of 16, and nothing from the first four frames."""
    times, rows, cols = np.ogrid[:16, :32, :32]
    energy = np.exp(-((rows - 15) ** 2 + (cols - 15) ** 2) / 40 - np.abs(times - 9)) * (times > 3)
    energy /= energy.sum()
    spans = LayerSpans("layer3.5", span(16, -2, 4), span(32, -3, 8), span(32, -3, 8))
    profile = energy.sum(axis=(1, 2))
    return Reach(
        model="dtf_net_r50",
        trust="UNTRAINED",
        layer="layer3.5",
        position=(2, 4, 4),
        grid=(4, 8, 8),
        clips="noise",
        count=2,
        seed=0,
        spacing=np.nan,
        energy=energy.astype(np.float32),
        error=(energy / 10).astype(np.float32),
        profiles=np.stack([0.9 * profile, 1.1 * profile]),
        theory=Theory("dtf_net_r50", 16, 32, (spans,)),
        implementation="cpu",
        remarks=("temporal operators with alpha 1, batch norms calibrated on noise",),
    )


def words_of(figure):
    return [text.get_text() for text in figure.texts]


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_the_sheet_can_be_read_and_says_what_was_measured(reach, width):
    figure = reach_sheet(reach, width=width)
    assert_legible(figure)
    where, when, both = figure.axes[:3]
    assert where.get_title(loc="left") == f"where: 90 % from {reach.areas[0.9]} px²"
    assert when.get_title(loc="left") == f"when: 12 of 16 frames, 90 % from {reach.durations[0.9]}"
    assert len(when.collections[0].get_segments()) == 12  # a stem for each frame from which anything comes
    assert when.get_xlim() == both.get_xlim() == (-0.5, 15.5)
    assert where.images[0].norm.vmin == both.images[0].norm.vmin  # one scale
    assert "UNTRAINED" in words_of(figure)
    assert "clips of noise: 2" in figure._supxlabel.get_text()


def test_the_dashed_outline_is_what_can_be_reached(reach):
    figure = reach_sheet(reach, has_caption=False)
    (box,) = figure.axes[0].patches
    assert (box.get_xy(), box.get_width(), box.get_height()) == ((12.5, 12.5), 11, 11)
    assert figure._supxlabel is None


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_profiles_of_several_models_stand_on_common_axes(reach, width):
    time = span(16, 0, 4, stride=0, size=16, maker="layer3.5.dtf_blk (DTFBlock)")
    everywhere = replace(
        reach,
        theory=replace(reach.theory, layers=(replace(reach.spans, time=time),)),
        profiles=np.full((2, 16), 1 / 16),
    )
    figure = profile_chart({"dtf_net_r50": everywhere, "c2d_r50": reach}, width=width)
    assert_legible(figure)
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    assert [axes.get_title(loc="left").partition(",")[0] for axes in figure.axes] == [
        "dtf_net_r50: 16 of 16 frames",
        "c2d_r50: 12 of 16 frames",
    ]
    assert len({axes.collections[0].get_color().tobytes() for axes in figure.axes}) == 2  # global in time or not


def test_it_is_stored_as_a_figure_arrays_or_a_document(reach, tmp_path):
    assert imread(dtfviz.save(reach, tmp_path / "r.png")).shape[1] == 1400
    arrays = np.load(dtfviz.save(reach, tmp_path / "r.npz"))
    assert arrays["map"] == pytest.approx(arrays["energy"].sum(axis=0))
    assert arrays["slice"].shape == (16, 32)
    document = json.loads(dtfviz.save(reach, tmp_path / "r.json").read_text())
    assert document["theory"]["layer3.5"]["time"] == {"size": 11, "stride": 4, "offset": -2}
    assert (document["reached_frames"], document["durations_s"]) == (12, None)
    write_several({"one": reach, "two": reach}, tmp_path / "two.npz")
    assert np.array_equal(np.load(tmp_path / "two.npz")["two/profile"], reach.profile)
