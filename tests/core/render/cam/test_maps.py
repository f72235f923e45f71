import json
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from pictures import assert_legible
from videos import number_of, write_video

import dtfviz
from dtfviz.core.media.clip import Box, Clip, even_times, reorder
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.media.video import decode, open_video
from dtfviz.core.render.cam.arrays import write_arrays
from dtfviz.core.render.cam.files import film
from dtfviz.core.render.cam.maps import at_time, energy_over_time, frames_with_maps, map_on_source, middles, on_source
from dtfviz.core.render.cam.overlay import Strip, outline, write_overlay
from dtfviz.core.render.cam.sheet import cam_sheet, stages_sheet
from dtfviz.core.render.cam.words import headline
from dtfviz.core.render.drawing import CamDrawing
from dtfviz.core.render.style.colour import choose_scale
from dtfviz.core.results.cam import Cam, CamStudy, Explained, Mosaic, Target
from dtfviz.core.results.io import fetch, store
from dtfviz.core.results.places import Axis, Cells, share_evenly
from dtfviz.core.results.predictions import Guess


@pytest.fixture
def cam(tmp_path):
    """Two steps of two frames each, every second frame of the video; the map is 1, then 3, in the left column."""
    clip = read_clip(write_video(tmp_path / "v.mp4", 20, size=(96, 64)), Sampling(4, stride=2, start_frame=4), 32)
    raw = np.zeros((2, 2, 2), np.float32)
    raw[0, :, 0], raw[1, :, 0], raw[:, :, 1] = 1, 3, -5
    return Cam(
        clip, "net", "UNTRAINED", "layer4", "gradcam", "clip", Target(3, None, "walking"), 1.0, 0.7, raw, "cpu", ()
    )


def test_maps_are_linear_between_the_middles_of_steps(cam):
    assert cam.step_times == pytest.approx([5 / 25, 9 / 25])
    assert at_time(cam, cam.map, 5 / 25)[0].tolist() == [1, 0]
    assert at_time(cam, cam.map, 7 / 25)[0] == pytest.approx([2, 0])
    assert at_time(cam, cam.map, 0.0)[0].tolist() == [1, 0]
    assert at_time(cam, cam.map, 9.0)[0].tolist() == [3, 0]


def test_a_clip_out_of_order_takes_the_nearest_step(cam):
    turned = replace(cam, clip=reorder(cam.clip, "reversed"))
    assert at_time(turned, turned.map, 5 / 25)[0].tolist() == [3, 0]


def test_maps_stand_where_the_crop_was_taken(cam):
    whole = on_source(cam, at_time(cam, cam.map, 5 / 25))
    assert whole.shape == (64, 96)
    assert not whole[:, :16].any()
    assert not whole[:, 80:].any()
    assert np.allclose(whole[:, 16:32], 1)
    assert not whole[:, 64:80].any()


def test_every_source_frame_that_the_clip_spans_is_there(cam):
    frames = list(frames_with_maps(Mosaic((cam,))))
    assert [number_of(picture) for _, picture, _ in frames] == list(range(4, 11))
    assert [seconds for seconds, _, _ in frames] == pytest.approx([n / 25 for n in range(4, 11)])


def test_the_overlay_plays_at_the_sources_timing_with_even_sizes(cam, tmp_path):
    seen = []
    write_overlay(Mosaic((cam,)), tmp_path / "overlay.mp4", choose_scale("clip", cam.highest), on_frame=seen.append)
    video = open_video(tmp_path / "overlay.mp4")
    assert (video.codec, len(video), seen) == ("h264", 7, list(range(1, 8)))
    assert (video.width % 2, video.height % 2) == (0, 0)
    assert video.times == pytest.approx([n / 25 for n in range(7)], abs=1e-4)


def test_variable_times_and_odd_sizes_survive(tmp_path):
    ticks = [0, 40, 200, 240, 900, 940]
    path = write_video(tmp_path / "odd.mkv", 6, ticks=ticks, size=(501, 333), pix_fmt="yuv444p")
    clip = read_clip(path, Sampling(6), 32)
    cam = Cam(
        clip,
        "n",
        "trained",
        "l",
        "gradcam",
        "clip",
        Target(0, None, "a"),
        0,
        0,
        np.ones((2, 3, 3), np.float32),
        "cpu",
        (),
    )
    write_overlay(Mosaic((cam,)), tmp_path / "overlay.mp4", choose_scale("clip", cam.highest))
    video = open_video(tmp_path / "overlay.mp4")
    assert video.times == pytest.approx([tick / 1000 for tick in ticks], abs=1e-3)
    assert video.width == 502


def test_heat_is_where_the_map_is(cam, tmp_path):
    write_overlay(Mosaic((cam,)), tmp_path / "overlay.mp4", choose_scale("clip", cam.highest), opacity=1)
    picture = dict(decode(open_video(tmp_path / "overlay.mp4"), [6]))[6].astype(int)
    inside, outside = picture[100:200, 100:150].mean(axis=(0, 1)), picture[100:200, 420:470].mean(axis=(0, 1))
    assert inside[0] - inside[2] > 50  # the hot end is yellow, the footage grey
    assert abs(outside[0] - outside[2]) < 10


def test_maps_are_linear_between_the_centres_of_cells(cam):
    """Centres at pixels 0 and 16 of 32, of which each is two of the video's."""
    placed = Cells(Axis(4, 2, 0.0, 2.0), share_evenly(32, 2), Axis(32, 2, 0.0, 16.0))
    known = replace(cam, placed=placed)
    assert known.step_times == pytest.approx([4 / 25, 8 / 25])  # frames 4 and 8 of the video
    row = on_source(known, at_time(known, known.map, 4 / 25))[10, 16:80]
    assert row[0] == 1  # constant before the first centre
    assert row[1:33] == pytest.approx(1 - (np.arange(1, 33) - 0.5) / 32, abs=1e-6)
    assert not row[33:].any()


def test_a_kept_map_is_drawn_again_where_it_was_and_an_older_one_by_even_shares(cam, tmp_path):
    known = replace(cam, placed=Cells(Axis(4, 2, 0.0, 2.0), share_evenly(32, 2), Axis(32, 2, 0.0, 16.0)))
    kinds = {"Mosaic": "dtfviz.core.results.cam:Mosaic"}
    store(Mosaic((known,)), tmp_path)
    assert fetch(tmp_path, kinds).one.cells == known.cells
    facts = json.loads((tmp_path / "result.json").read_text())
    del facts["result"]["tiles"][0]["placed"]  # as it was kept before cells had places
    (tmp_path / "result.json").write_text(json.dumps(facts))
    assert fetch(tmp_path, kinds).one.cells.shared == ("time", "height", "width")


def test_the_crops_edge_is_drawn_where_the_frame_goes_on():
    picture = np.zeros((64, 96, 3), np.uint8)
    outline(picture, Box(16, 0, 64, 64))
    assert np.flatnonzero(picture[30, :, 0]).tolist() == [16, 79]
    assert not picture[[0, -1], 20:70].any()


def test_the_strip_and_the_curve_share_their_time(cam):
    figure = cam_sheet(Mosaic((cam,)), choose_scale("clip", cam.highest))
    FigureCanvasAgg(figure).draw()
    axes = figure.subfigs[0].axes
    titled = [one for one in axes if one.get_title().endswith(" s")]
    curve = next(one for one in axes if "seconds" in one.get_xlabel())
    begin, end = curve.get_xlim()
    for one in titled:
        pixel = one.get_window_extent()
        seconds = curve.transData.inverted().transform(((pixel.x0 + pixel.x1) / 2, 0))[0]
        shown = float(one.get_title().removesuffix(" s"))
        assert abs(seconds - shown) < (end - begin) / len(titled) / 2  # within its own width
        assert min(abs(shown - when) for when in cam.clip.video.times) < 0.006
    assert titled[0].get_window_extent().x0 == pytest.approx(curve.get_window_extent().x0, abs=8)
    assert titled[-1].get_window_extent().x1 == pytest.approx(curve.get_window_extent().x1, abs=8)


@pytest.mark.parametrize("has_caption", [True, False])
def test_the_sheet_carries_its_model_and_the_watermark_always(cam, has_caption):
    figure = cam_sheet(Mosaic((cam,)), choose_scale("clip", cam.highest), has_caption=has_caption)
    FigureCanvasAgg(figure).draw()
    assert [text.get_text() for text in figure.texts] == ["UNTRAINED"]
    caption = figure.subfigs[1]._supxlabel
    assert (caption is not None) == has_caption
    if has_caption:
        assert all(word in caption.get_text() for word in ("net", "UNTRAINED", "layer4", "gradcam", "4 frames"))
    assert not cam_sheet(Mosaic((replace(cam, trust="trained"),)), choose_scale("clip", cam.highest)).texts


def test_results_are_saved_by_their_suffix(cam, tmp_path):
    for suffix in (".mp4", ".png", ".svg", ".npz"):
        assert dtfviz.save(cam, tmp_path / f"cam{suffix}").stat().st_size > 500
    arrays = np.load(tmp_path / "cam.npz")
    assert np.array_equal(arrays["raw"], cam.raw)
    assert arrays["upsampled"].shape == (4, 32, 32)


# --- several clips ----------------------------------------------------------------------------------------------------
@pytest.fixture
def path(tmp_path):
    return write_video(tmp_path / "v.mp4", 20, size=(96, 64))


def constant(path, value, *, start=0, frames=4, crop="center"):
    clip = read_clip(path, Sampling(frames, start_frame=start), 32, crop=crop)
    raw = np.full((2, 2, 2), value, np.float32)
    return Cam(
        clip, "net", "trained", "layer4", "gradcam", "clip", Target(3, None, "walking"), 1.0, value / 10, raw, "cpu", ()
    )


def test_where_clips_overlap_the_nearer_middle_counts_more(path):
    mosaic = Mosaic((constant(path, 1.0), constant(path, 3.0, start=2)))  # frames 0 to 3 and 2 to 5, at 25 a second
    shown = [map_on_source(mosaic, number / 25)[32, 48] for number in range(6)]
    assert shown[0] == shown[1] == 1  # only the first clip is there
    assert shown[4] == pytest.approx(3)
    assert 1 < shown[2] < 2 < shown[3] < 3
    assert shown[2] + shown[3] == pytest.approx(4)  # mirror images of each other
    assert len(mosaic.span) == 6
    assert mosaic.probability == pytest.approx(0.2)


def test_three_crops_cover_the_frame_and_are_averaged_where_they_overlap(path):
    mosaic = Mosaic(
        tuple(constant(path, value, crop=crop) for value, crop in ((1.0, "left"), (2.0, "center"), (6.0, "right")))
    )
    row = map_on_source(mosaic, 0.04)[32]  # boxes of 64 pixels from 0, 16 and 32
    assert [row[column] for column in (5, 20, 40, 70, 90)] == pytest.approx([1, 1.5, 3, 4, 6])
    assert energy_over_time(mosaic) == pytest.approx([12.0, 12.0])  # four cells of 1, 2 and 6: the mean of 4, 8 and 24


def test_arrays_of_several_clips_have_an_axis_for_them(path, tmp_path):
    mosaic = Mosaic((constant(path, 1.0), constant(path, 3.0, start=2)))
    write_arrays(mosaic, tmp_path / "maps.npz")
    arrays = np.load(tmp_path / "maps.npz")
    assert set(arrays) == {"raw", "map", "offset", "stride"}
    assert arrays["raw"].shape == (2, 2, 2, 2)


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_no_text_of_a_sheet_overlaps_another_or_leaves_the_picture(path, width):
    top = [Guess(number, f"a rather long name of class {number}", 0.2) for number in range(5)]
    mosaic = Mosaic((constant(path, 1.0, frames=16),))
    for figure in (
        cam_sheet(mosaic, choose_scale("clip", 1.0), top, width=width),
        stages_sheet([mosaic] * 3, [choose_scale("clip", 1.0)] * 3, width=width),
    ):
        assert_legible(figure)


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_a_difference_is_told_by_its_score_and_shows_both_classes(path, width):
    pair = Guess(3, "walking", 0.6), Guess(5, "running", 0.1)
    target = Target(3, 5, "walking - running")
    other = replace(pair[0], probability=0.8), replace(pair[1], probability=0.3)
    first, second = (
        replace(constant(path, 1.0, frames=16), target=target, score=score, pair=sides)
        for score, sides in ((2.0, pair), (4.0, other))
    )
    assert headline(first) == "walking - running: +2.00 logits (0.60 and 0.10)"
    assert headline(replace(first, pair=())) == "walking - running: +2.00 logits"
    mosaic = Mosaic((first, second))
    assert headline(mosaic) == "walking - running: +3.00 logits (0.70 and 0.20)"
    top = [Guess(3, "walking", 0.7), Guess(9, "sitting", 0.25)]
    figure = cam_sheet(mosaic, choose_scale("clip", 1.0), top, width=width)
    assert_legible(figure)
    (bars,) = (axes for axes in figure.axes if axes.get_xlabel() == "probability")
    assert [tick.get_text() for tick in bars.get_yticklabels()] == ["walking", "sitting", "running"]
    assert [bar.get_width() for bar in bars.patches] == pytest.approx([0.7, 0.25, 0.2])


def outlines(axes):
    return [(box.get_xy(), box.get_width(), box.get_height()) for box in axes.patches]


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_stages_have_units_on_their_bars_and_one_outline_of_three_crops(tmp_path, width):
    """Three squares of 64 see all of 128 x 64 pixels, and of 224 x 64 three parts with gaps of 16."""
    apart = [((left - 0.5, -0.5), 64, 64) for left in (0, 80, 160)]
    for wide, seen in ((128, []), (224, apart)):
        path = write_video(tmp_path / f"{wide}.mp4", 20, size=(wide, 64))
        mosaic = Mosaic(tuple(constant(path, 1.0, frames=16, crop=crop) for crop in ("left", "center", "right")))
        other = Mosaic(tuple(replace(tile, method="eigencam") for tile in mosaic.tiles))
        figure = stages_sheet([mosaic, other], [choose_scale("clip", 1.0)] * 2, width=width)
        assert_legible(figure)
        assert [axes.get_ylabel() for axes in figure.axes if axes.get_ylabel()] == [
            "logits",
            "no unit",
        ]
        assert outlines(figure.axes[0]) == seen


def test_the_middles_of_steps_are_in_order(path):
    mosaic = Mosaic((constant(path, 1.0, start=2), constant(path, 3.0)))
    assert middles(mosaic) == pytest.approx([0.5 / 25, 2.5 / 25, 4.5 / 25])


# --- long and large videos --------------------------------------------------------------------------------------------
def whole(path, count):
    """So many clips of four frames, each two frames after the one before."""
    return Mosaic(tuple(constant(path, 1.0, start=start) for start in range(0, 2 * count, 2)))


def test_a_frame_of_a_long_overlay_costs_no_more_than_one_of_a_short_one(tmp_path, monkeypatch):
    """Counted: how often clips are asked for the times of their steps or frames, a frame, of 4 and of 40 clips."""
    path, calls, costs = write_video(tmp_path / "long.mp4", 90, size=(96, 64)), [], {}
    spacing = Clip.spacing.fget
    monkeypatch.setattr("dtfviz.core.media.clip.even_times", lambda *given: calls.append(1) or even_times(*given))
    monkeypatch.setattr(Clip, "spacing", property(lambda clip: calls.append(1) or spacing(clip)))
    for count in (4, 40):
        calls.clear()
        mosaic = whole(path, count)
        write_overlay(mosaic, tmp_path / "overlay.mp4", choose_scale("clip", 1.0))
        costs[count] = len(calls) / len(mosaic.span)
    assert costs[40] < 1.5 * costs[4]  # frames at the ends lie in fewer clips


def test_what_is_the_same_under_every_frame_is_drawn_once(path, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr("dtfviz.core.render.cam.overlay.draw_time", lambda *given: drawn.append(given))
    write_overlay(whole(path, 6), tmp_path / "overlay.mp4", choose_scale("clip", 1.0))
    assert len(drawn) == 1


@pytest.mark.parametrize(
    ("size", "shown"),
    [((1920, 1080), (1280, 720)), ((320, 1440), (160, 720)), ((96, 64), (480, 320)), ((100, 300), (200, 600))],
)
def test_large_footage_is_made_smaller_and_small_footage_larger(tmp_path, size, shown):
    mosaic = Mosaic((constant(write_video(tmp_path / "v.mp4", 4, size=size), 1.0),))
    write_overlay(mosaic, tmp_path / "overlay.mp4", choose_scale("clip", 1.0))
    video = open_video(tmp_path / "overlay.mp4")
    assert (video.width, video.height) == (shown[0], shown[1] + Strip(shown[0]).px(62))


@pytest.mark.parametrize(("size", "shown"), [((4, 7000), (160, 720)), ((10, 200), (160, 600)), ((9000, 4), (8192, 4))])
@pytest.mark.parametrize("trust", ["UNTRAINED", "trained"])
def test_narrow_footage_stands_on_paper_and_no_size_is_beyond_what_can_be_shown(tmp_path, size, shown, trust):
    cam = replace(constant(write_video(tmp_path / "v.mp4", 4, size=size), 1.0), trust=trust)
    write_overlay(Mosaic((cam,)), tmp_path / "overlay.mp4", choose_scale("clip", 1.0))
    video = open_video(tmp_path / "overlay.mp4")
    assert (video.width, video.height) == (shown[0], shown[1] + Strip(shown[0]).px(62))
    picture = dict(decode(video, [3]))[3].astype(int)
    if trust == "trained" and shown[0] == 160:
        assert abs(picture[: shown[1], :20] - 24).max() < 12  # paper
        assert picture[: shown[1], 78:82].max() > 50


@pytest.mark.parametrize("size", [(4, 7000), (9000, 4)])
def test_sheets_of_narrow_footage_fit_a_page(tmp_path, size):
    mosaic, scale = Mosaic((constant(write_video(tmp_path / "v.mp4", 4, size=size), 1.0),)), choose_scale("clip", 1.0)
    for figure in (cam_sheet(mosaic, scale), stages_sheet([mosaic, mosaic], [scale, scale])):
        assert 2 < figure.get_size_inches()[1] < 24


def test_heat_stays_in_its_place_in_smaller_footage(tmp_path):
    cam = constant(write_video(tmp_path / "v.mp4", 4, size=(192, 128)), 0.0)
    cam.raw[:, :, 0] = 1
    write_overlay(Mosaic((cam,)), tmp_path / "overlay.mp4", choose_scale("clip", 1.0), opacity=1, height=64)
    picture = dict(decode(open_video(tmp_path / "overlay.mp4"), [3]))[3].astype(int)
    # 96 pixels in the middle of 160
    hot, cold = picture[8:56, 50:62].mean(axis=(0, 1)), picture[8:56, 98:110].mean(axis=(0, 1))
    assert hot[0] - hot[2] > 50
    assert abs(cold[0] - cold[2]) < 10


def test_an_overlay_says_how_far_it_is_and_how_much_there_is(path, tmp_path):
    heard = []
    study = CamStudy((), (Explained((whole(path, 6),)),))
    film(study, CamDrawing(), tmp_path, lambda *step: heard.append(step))
    assert heard == [("writing overlay.mp4", done, 14) for done in range(1, 15)]


def test_of_clips_of_one_frame_the_nearest_speaks(path):
    mosaic = Mosaic(
        tuple(constant(path, value, start=start, frames=1) for value, start in ((1.0, 0), (2.0, 5), (3.0, 10)))
    )
    assert [map_on_source(mosaic, number / 25)[32, 48] for number in (0, 2, 4, 5, 9, 12)] == [1, 1, 2, 2, 3, 3]
