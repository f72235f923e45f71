"""Someone's model that answers over time, through every command that takes a model."""

import json
from pathlib import Path

import pytest
from videos import write_video

MODEL = ("--model", f"{Path(__file__).parents[1] / 'framewise.py'}:model", "--frames", "8", "--size", "32")
COLOURS = ("--mean", "0.43216,0.394666,0.37645", "--std", "0.22803,0.22145,0.216989")
SMALL = (*MODEL, *COLOURS, "--trained", "--answers", "timeline")
DRAWN = ("--dpi", "50")


@pytest.fixture(autouse=True)
def video(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return str(write_video(tmp_path / "walk.mp4", 20, size=(48, 32)))


@pytest.mark.parametrize(
    "arguments",
    [
        ("predict",),
        ("predict", "--at", "0.4"),
        ("predict", "--pool", "mean"),
        ("predict", "--activation", "sigmoid"),
        ("gradcam", *DRAWN),
        ("gradcam", "--at", "0.4", "--target", "1", *DRAWN),
        ("gradcam", "--pool", "mean", "--target", "0", "--minus", "1", *DRAWN),
        ("gradcam", "--faithfulness", *DRAWN),
        ("filters", *DRAWN),
        ("frame-importance", "--at", "0.4", *DRAWN),
        ("temporal-tests", "--shuffles", "2", *DRAWN),
        ("temporal-tests", "--shuffles", "2", "--activation", "sigmoid", *DRAWN),
        ("probe",),
    ],
    ids=" ".join,
)
def test_commands_of_a_video(inside, video, arguments):
    done = inside(arguments[0], video, *SMALL, *arguments[1:])
    assert done.returncode == 0, done.stderr
    assert "assumed" not in done.stderr


def test_commands_of_a_model(inside):
    assert "eye" in inside("models", MODEL[1], *MODEL[2:]).stdout
    assert json.loads(inside("flops", *MODEL, "--json").stdout)["macs"]["real"] == 4 * 3 * 3 * 8 * 32 * 32
    assert inside("receptive-field", *MODEL, "--samples", "1", *DRAWN).returncode == 0


def test_what_the_classes_are_of_is_said(inside, video):
    text = inside("predict", video, *SMALL, "--at", "0.4", "--activation", "sigmoid").stdout
    assert "of an answer over time: at 0.40 s" in text
    assert "labels do not exclude each other" in text
    document = json.loads(inside("predict", video, *SMALL, "--json").stdout)
    assert document["moment"] == "highest over time"
    assert "activation" not in document


def test_an_evaluation(inside, video):
    Path("list.txt").write_text("walk.mp4 20 0\nwalk.mp4 20 1\n")
    done = inside("evaluate", "list.txt", *SMALL, "--workers", "0", "--json", *DRAWN)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["evaluation"]
    assert (found["top1"]["value"], found["protocol"]["pooled"]) == (0.5, "max")
    asked = ("--pool", "mean", "--activation", "sigmoid", "--workers", "0", "--json", *DRAWN)
    found = json.loads(inside("evaluate", "list.txt", *SMALL, *asked).stdout)["evaluation"]
    assert found["protocol"]["pooled"] == "mean"
    assert found["conventions"]["scores"].startswith("sigmoid")


def test_units_of_divergences_say_what_they_sum_over(inside, video):
    asked = ("--shuffles", "2", *DRAWN, "--json")
    told = [inside("temporal-tests", video, *SMALL, *more, *asked).stdout for more in ((), ("--activation", "sigmoid"))]
    assert ["the sum over them" in text for text in told] == [False, True]


def test_a_model_that_answers_once_has_nothing_to_pool(inside):
    done = inside("evaluate", "motion", "--length", "14", "--pool", "mean")
    assert done.returncode == 2
    assert "answers once for the whole clip" in done.stderr


def test_what_is_guessed_of_an_answer_is_said(inside, video):
    assert "an answer of 2 x 4 is taken for 2 classes over 4 steps of time" in inside("predict", video, *MODEL).stderr


def test_the_moment_stands_in_the_manifest_and_only_there_where_it_means_something(inside, video):
    (over,) = json.loads(inside("gradcam", video, *SMALL, "--at", "0.4", *DRAWN, "--json").stdout)["manifest"]["maps"]
    assert (over["target"]["at"], over["target"]["label"]) == (0.4, f"class {over['target']['plus']}, at 0.40 s")
    (whole,) = json.loads(inside("gradcam", video, "--stride", "1", *DRAWN, "--json").stdout)["manifest"]["maps"]
    assert set(whole["target"]) == {"plus", "minus", "label"}
    done = inside("gradcam", video, "--stride", "1", "--at", "0.4")
    assert done.returncode == 2
    assert "the model answers once for the whole clip" in done.stderr
