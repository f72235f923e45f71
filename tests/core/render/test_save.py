import json
from importlib import import_module

import numpy as np
import pytest
import torch
from matplotlib.image import imread
from pictures import assert_legible
from videos import number_of, write_video

import dtfviz
from dtfviz.core.analysis.cost.cost import cost
from dtfviz.core.errors import OptionError, OutputError
from dtfviz.core.media.clip import reorder
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.media.video import decode, open_video
from dtfviz.core.models.building import build_model
from dtfviz.core.render.clip import clip_strip
from dtfviz.core.render.predictions import guess_chart
from dtfviz.core.render.save import FORMATS
from dtfviz.core.results.predictions import Guess, Predictions, ViewGuess


@pytest.fixture
def clip(tmp_path):
    """Every second frame, from 10 on."""
    return read_clip(write_video(tmp_path / "v.mp4", 40, size=(96, 64)), Sampling(12, stride=2, start_frame=10), 48)


@pytest.fixture
def predictions():
    top = (Guess(3, "swinging a golf club over the shoulder", 0.75), Guess(0, "walking", 0.25))
    return Predictions(
        "net", "UNTRAINED", "", "v.mp4", "normal", top, (ViewGuess((0, 2), (0.0, 0.08), "center", top[0]),), "cpu"
    )


@pytest.mark.parametrize("kind", FORMATS)
def test_every_writer_of_the_table_is_there(kind):
    for target in FORMATS[kind].values():
        module, _, name = target.partition(":")
        assert callable(getattr(import_module(module), name))


def test_a_clip_is_stored_as_arrays_that_give_it_back(clip, tmp_path):
    arrays = np.load(dtfviz.save(clip, tmp_path / "clip.npz"))
    assert np.array_equal(arrays["frames"], clip.frames)
    assert (arrays["indices"].tolist(), arrays["times"].tolist()) == (list(clip.indices), list(clip.times))
    assert arrays["box"].tolist() == [16, 0, 64, 64]


def test_a_clip_as_a_video_keeps_its_frames_and_the_time_between_them(clip, tmp_path):
    video = open_video(dtfviz.save(clip, tmp_path / "clip.mp4"))
    assert video.times == pytest.approx([when - clip.times[0] for when in clip.times], abs=1e-4)
    again = [picture for _, picture in decode(video, range(len(video)))]
    assert [number_of(picture) for picture in again] == [number_of(picture) for picture in clip.frames]


def test_a_clip_out_of_order_is_no_video(clip, tmp_path):
    with pytest.raises(OptionError, match="not in the order of time"):
        dtfviz.save(reorder(clip, "reversed"), tmp_path / "clip.mp4")
    assert not (tmp_path / "clip.mp4").exists()


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_the_strip_shows_every_frame_with_its_time(clip, width):
    figure = clip_strip(clip, width=width)
    assert [axes.get_title(loc="center") for axes in figure.axes if axes.images] == [
        f"{when:.2f} s" for when in clip.times
    ]
    assert_legible(figure)


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_the_bars_are_the_probabilities(predictions, width):
    figure = guess_chart(predictions, width=width)
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.75, 0.25]
    assert "UNTRAINED" in [text.get_text() for text in figure.texts]
    assert_legible(figure)


def test_predictions_are_stored_as_the_document_that_the_command_prints(predictions, tmp_path):
    document = json.loads(dtfviz.save(predictions, tmp_path / "p.json").read_text())
    assert document["top"][1] == {"class": 0, "label": "walking", "probability": 0.25}
    assert document["views"][0]["indices"] == [0, 2]
    assert imread(dtfviz.save(predictions, tmp_path / "p.png")).shape[1] == 1400


def test_costs_are_stored_as_a_document_or_a_figure(tmp_path):
    with torch.device("meta"):
        counted = cost(build_model("c2d_r50"))
    document = json.loads(dtfviz.save(counted, tmp_path / "cost.json").read_text())
    assert document["flops"] == 2 * document["macs"]["real"] == counted.whole.flops
    assert dtfviz.save(counted, tmp_path / "cost.pdf").read_bytes()[:4] == b"%PDF"


def test_what_has_no_such_form_is_refused_with_its_forms(clip, tmp_path):
    with pytest.raises(OptionError, match=r"'.jpg'"):
        dtfviz.save(clip, tmp_path / "clip.jpg")
    with pytest.raises(OptionError, match="a int cannot be saved"):
        dtfviz.save(3, tmp_path / "three.png")


@pytest.mark.parametrize("suffix", [".npz", ".mp4", ".png"])
def test_a_place_that_cannot_be_written_is_an_output_error(clip, tmp_path, suffix):
    with pytest.raises(OutputError, match="cannot be written"):
        dtfviz.save(clip, tmp_path / "no" / f"clip{suffix}")
