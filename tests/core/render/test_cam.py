from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from videos import number_of, write_video

import dtfviz
from dtfviz.core.clip import Sampling, read_clip, reorder
from dtfviz.core.errors import OptionError
from dtfviz.core.render.cam import frames_with_maps, map_at, on_source
from dtfviz.core.render.colour import choose_scale
from dtfviz.core.render.figures import cam_sheet
from dtfviz.core.render.video import write_overlay
from dtfviz.core.results.cam import Cam, Target
from dtfviz.core.video import decode, open_video


@pytest.fixture
def cam(tmp_path):
    """Two steps of two frames each, every second frame of the video; the map is 1, then 3, in the left column."""
    clip = read_clip(write_video(tmp_path / "v.mp4", 20, size=(96, 64)), Sampling(4, stride=2, start_frame=4), 32)
    raw = np.zeros((2, 2, 2), np.float32)
    raw[0, :, 0], raw[1, :, 0], raw[:, :, 1] = 1, 3, -5
    return Cam(clip, "net", "UNTRAINED", "layer4", "gradcam", "clip", Target(3, None, "walking"), 1.0, 0.7, raw, "cpu", ())


def test_maps_are_linear_between_the_middles_of_steps(cam):
    assert cam.step_times == pytest.approx([5 / 25, 9 / 25])
    assert map_at(cam, 5 / 25)[0].tolist() == [1, 0]
    assert map_at(cam, 7 / 25)[0] == pytest.approx([2, 0])
    assert map_at(cam, 0.0)[0].tolist() == [1, 0]
    assert map_at(cam, 9.0)[0].tolist() == [3, 0]


def test_a_clip_out_of_order_takes_the_nearest_step(cam):
    turned = replace(cam, clip=reorder(cam.clip, "reversed"))
    assert map_at(turned, 5 / 25)[0].tolist() == [3, 0]


def test_maps_stand_where_the_crop_was_taken(cam):
    whole = on_source(cam, map_at(cam, 5 / 25))
    assert whole.shape == (64, 96)
    assert not whole[:, :16].any()
    assert not whole[:, 80:].any()
    assert np.allclose(whole[:, 16:32], 1)
    assert not whole[:, 64:80].any()


def test_every_source_frame_that_the_clip_spans_is_there(cam):
    frames = list(frames_with_maps(cam))
    assert [number_of(picture) for _, picture, _ in frames] == list(range(4, 11))
    assert [seconds for seconds, _, _ in frames] == pytest.approx([n / 25 for n in range(4, 11)])


def test_the_overlay_plays_at_the_sources_timing_with_even_sizes(cam, tmp_path):
    seen = []
    write_overlay(cam, tmp_path / "overlay.mp4", choose_scale("clip", cam.map), on_frame=seen.append)
    video = open_video(tmp_path / "overlay.mp4")
    assert (video.codec, len(video), seen) == ("h264", 7, list(range(1, 8)))
    assert (video.width % 2, video.height % 2) == (0, 0)
    assert video.times == pytest.approx([n / 25 for n in range(7)], abs=1e-4)


def test_variable_times_and_odd_sizes_survive(tmp_path):
    ticks = [0, 40, 200, 240, 900, 940]
    path = write_video(tmp_path / "odd.mkv", 6, ticks=ticks, size=(501, 333), pix_fmt="yuv444p")
    clip = read_clip(path, Sampling(6), 32)
    cam = Cam(clip, "n", "trained", "l", "gradcam", "clip", Target(0, None, "a"), 0, 0, np.ones((2, 3, 3), np.float32), "cpu", ())
    write_overlay(cam, tmp_path / "overlay.mp4", choose_scale("clip", cam.map))
    video = open_video(tmp_path / "overlay.mp4")
    assert video.times == pytest.approx([tick / 1000 for tick in ticks], abs=1e-3)
    assert video.width == 502


def test_heat_is_where_the_map_is(cam, tmp_path):
    write_overlay(cam, tmp_path / "overlay.mp4", choose_scale("clip", cam.map), opacity=1)
    picture = dict(decode(open_video(tmp_path / "overlay.mp4"), [6]))[6].astype(int)
    inside, outside = picture[100:200, 100:150].mean(axis=(0, 1)), picture[100:200, 420:470].mean(axis=(0, 1))
    assert inside[0] - inside[2] > 50  # the hot end is yellow, the footage grey
    assert abs(outside[0] - outside[2]) < 10


@pytest.mark.parametrize("has_caption", [True, False])
def test_the_sheet_carries_its_model_and_the_watermark_always(cam, has_caption):
    figure = cam_sheet(cam, choose_scale("clip", cam.map), has_caption=has_caption)
    FigureCanvasAgg(figure).draw()
    assert [text.get_text() for text in figure.texts] == ["UNTRAINED"]
    caption = figure.subfigs[1]._supxlabel
    assert (caption is not None) == has_caption
    if has_caption:
        assert all(word in caption.get_text() for word in ("net", "UNTRAINED", "layer4", "gradcam", "4 frames"))
    assert not cam_sheet(replace(cam, trust="trained"), choose_scale("clip", cam.map)).texts


def test_results_are_saved_by_their_suffix(cam, tmp_path):
    for suffix in (".mp4", ".png", ".svg", ".npz"):
        assert dtfviz.save(cam, tmp_path / f"cam{suffix}").stat().st_size > 500
    arrays = np.load(tmp_path / "cam.npz")
    assert np.array_equal(arrays["raw"], cam.raw)
    assert arrays["upsampled"].shape == (4, 32, 32)
    with pytest.raises(OptionError, match=r"'.jpg'"):
        dtfviz.save(cam, tmp_path / "cam.jpg")
    with pytest.raises(OptionError, match="a int cannot be saved"):
        dtfviz.save(3, tmp_path / "cam.png")
