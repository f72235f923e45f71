"""Steps that were sampled unevenly stand at their own places on every time axis."""

from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from rich.console import Console
from torch import nn
from uneven import CHANNELS, Uneven
from videos import write_video

import dtfviz
from dtfviz.core.analysis.probe import probe
from dtfviz.core.jobs.gradcam import cam_facts
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.models.dtf.block import DTFBlock
from dtfviz.core.render.cam.maps import energy_over_time, middles
from dtfviz.core.render.cam.overlay import HEAT, Strip, draw_time
from dtfviz.core.render.cam.sheet import cam_sheet
from dtfviz.core.render.filters.film import draw_film
from dtfviz.core.render.filters.sheet import filter_sheet
from dtfviz.core.render.models import probe_table
from dtfviz.core.render.style.colour import choose_scale
from dtfviz.core.render.time.importance.energy import energy_of_frames
from dtfviz.core.render.time.importance.sheet import importance_sheet
from dtfviz.core.results.cam import CamStudy, Explained, Mosaic
from dtfviz.core.results.io import fetch, store

SECONDS = [0.0, 1 / 25, 2.5 / 25, 5 / 25]  # of the steps: the first frame is the brightest


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """8 frames, 1/25 s apart, darker and darker."""
    path = write_video(tmp_path_factory.mktemp("uneven") / "v.mp4", 8, size=(64, 64))
    clip = read_clip(path, Sampling(8), 8)
    clip.frames[:] = np.linspace(240, 30, 8).astype(np.uint8)[:, None, None, None]
    return clip


@pytest.fixture(scope="module")
def cam(clip):
    return dtfviz.gradcam(Uneven(), clip, "bright")


@pytest.fixture(scope="module")
def found(clip):
    torch.manual_seed(0)
    block = DTFBlock(CHANNELS, 4, factor_g=8)
    nn.init.constant_(block.alpha1, 0.5)
    return dtfviz.filters(Uneven(block).eval(), clip, [(20, 20)], "late")


def test_the_sheets_curve_and_pictures_stand_at_the_steps(cam):
    mosaic = Mosaic((cam,))
    figure = cam_sheet(mosaic, choose_scale("clip", cam.highest))
    curves = [line.get_xdata() for axes in figure.axes for line in axes.get_lines() if len(line.get_xdata()) == 4]
    assert curves[0] == pytest.approx(SECONDS)
    titles = [axes.get_title() for axes in figure.axes]
    shown = [float(title.removesuffix(" s")) for title in titles if title.endswith(" s")]
    assert all(np.abs(np.array(cam.clip.times) - when).min() < 0.006 for when in shown)  # times of frames


@pytest.mark.parametrize("width", [300, 1280])
def test_the_overlays_curve_bends_at_the_steps(cam, width):
    page, peaked = Strip(width), np.zeros_like(cam.raw)
    peaked[1] = 1.0  # a curve of one peak, at the second step
    area = np.zeros((page.px(62), width, 3), np.uint8)
    draw_time(area, Mosaic((replace(cam, raw=peaked),)))
    peak = np.flatnonzero((area[page.top].astype(int) @ [1, 0, -1]) > (HEAT[0] - HEAT[2]) / 2)
    left, right = page.px(8), width - page.bar - page.px(24)
    assert peak.mean() == pytest.approx(left + (right - left) * SECONDS[1] / (7 / 25), abs=2)


def test_energies_are_linear_between_the_steps(clip, cam):
    mosaic = Mosaic((cam,))
    assert middles(mosaic) == pytest.approx(SECONDS)
    assert energy_over_time(mosaic) == pytest.approx(cam.energy)
    result = dtfviz.frame_importance(Uneven(), clip, "bright")
    assert energy_of_frames(result) == pytest.approx(np.interp(clip.times, SECONDS, result.cam.energy))
    figure = importance_sheet(result)
    curve = next(line for axes in figure.axes[::-1] for line in axes.get_lines())
    assert curve.get_xdata() == pytest.approx(clip.times)
    assert curve.get_ydata() == pytest.approx(energy_of_frames(result))


def test_the_map_at_the_size_of_the_input_follows_the_steps_too(clip, cam, tmp_path):
    arrays = np.load(dtfviz.save(cam, tmp_path / "maps.npz"))
    at_frames = np.interp(clip.times, SECONDS, cam.map[:, 0, 0])
    assert arrays["upsampled"][:, 4, 4] == pytest.approx(at_frames, rel=1e-5)


def test_faithfulness_ranks_frames_by_the_map_at_their_time(cam):
    proof = dtfviz.faithfulness(Uneven(), cam, points=2, controls=1)
    assert np.isfinite(proof.areas("gradcam")).all()


def test_filters_know_their_steps_and_say_that_they_are_uneven(found, clip, tmp_path):
    assert found.step_times == pytest.approx(SECONDS)
    assert np.isnan(found.spacing)
    assert any("0.04 to 0.1 s apart: frequencies are in cycles a step" in remark for remark in found.remarks)
    arrays = np.load(dtfviz.save(found, tmp_path / "filters.npz"))
    assert arrays["step_times"] == pytest.approx(SECONDS)
    assert "sampled" not in arrays
    assert np.isnan(arrays["frequencies_hz"]).all()


def test_the_sheet_of_filters_tells_the_spacing_and_has_no_hz(found):
    words = [text.get_text() for text in filter_sheet([found]).findobj(lambda part: hasattr(part, "get_text"))]
    assert any("4 steps, 0.04 to 0.1 s apart" in text.replace("\n", " ") for text in words)
    assert "cycles a step" in words
    assert "Hz" not in words


def test_the_arrows_of_a_frame_are_those_of_the_step_nearest_to_it(found, monkeypatch):
    drawn = []
    monkeypatch.setattr("dtfviz.core.render.filters.film.draw_arrows", lambda _, __, ___, moves: drawn.append(moves))
    draw_film(Figure().subplots(2, 8, squeeze=False), [found], choose_scale("clip", 1.0), 1.0)
    # frames at 0, 1, 2, ... 25ths of a second; steps with a next one at 0, 1 and 2.5
    steps = [0, 1, 2, 2, 2, 2, 2, 2]
    assert all(np.array_equal(moves, found.displacement_px[step]) for moves, step in zip(drawn, steps, strict=True))


def test_a_convolution_after_a_sampler_has_its_spacing(clip):
    found = dtfviz.filters(Uneven(nn.Conv3d(CHANNELS, CHANNELS, (3, 1, 1), padding=(1, 0, 0))), clip, layer="late")
    assert np.isnan(found.spacing)
    assert found.step_times == pytest.approx(SECONDS)
    assert any("unevenly spaced" in remark for remark in found.remarks)


def test_facts_name_the_steps_only_where_they_were_sampled(clip, cam):
    assert cam_facts(Mosaic((cam,)))["step_times"] == pytest.approx(SECONDS)
    even = dtfviz.gradcam(Uneven(), clip, "bright", "early")
    assert even.sampled is None
    assert "step_times" not in cam_facts(Mosaic((even,)))


def test_a_result_that_is_read_again_has_the_same_steps(cam, tmp_path):
    store(CamStudy((), (Explained((Mosaic((cam,)),)),)), tmp_path)
    again = fetch(tmp_path, {"CamStudy": "dtfviz.core.results.cam:CamStudy"}).targets[0].layers[0].one
    assert np.array_equal(again.step_times, cam.step_times)


def test_a_probe_says_that_the_clip_decides(clip):
    result = probe(Uneven(), clip)
    assert result.frames_of_step == ()
    assert len(probe(Uneven(), clip, "early").frames_of_step) == 8
    console = Console(width=100, file=StringIO())
    with console.capture() as said:
        console.print(probe_table(result, 100))
    assert "4 steps of uneven, taken where the clip decides" in said.get()
    assert "0 1 2 3 4 5 6 7  0.000" in said.get()
