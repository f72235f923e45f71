import json

import pytest
from videos import write_video

SMALL = ("--size", "32", "--frames", "4", "--model", "dtf_net_r50")


@pytest.fixture
def video(tmp_path):
    return str(write_video(tmp_path / "walk.mp4", 30))


def test_the_answer_says_the_model_the_frames_and_that_it_is_untrained(inside, video):
    done = inside("predict", video, *SMALL, "--labels", "kinetics400")
    assert done.returncode == 0
    assert "UNTRAINED" in done.stdout
    assert "UNTRAINED" in done.stderr
    assert "order not verified" in done.stdout
    assert len([line for line in done.stdout.splitlines() if line[-5:-3] == "0."]) == 5


def test_the_json_document(inside, video):
    document = json.loads(
        inside(
            "predict", video, *SMALL, "--clips", "2", "--crops", "3", "--order", "reversed", "--top", "3", "--json"
        ).stdout
    )
    assert [set(guess) for guess in document["top"]] == [{"class", "label", "probability"}] * 3
    assert [view["crop"] for view in document["views"]] == ["left", "center", "right"] * 2
    assert document["views"][0]["indices"] == [3, 2, 1, 0]
    assert document["views"][5]["indices"] == [16, 15, 14, 13]


def test_a_frozen_clip_is_one_frame(inside, video):
    document = json.loads(inside("predict", video, *SMALL, "--order", "frozen", "--start", "7", "--json").stdout)
    assert document["views"][0]["indices"] == [7] * 4


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nosuch.mp4"], 3, "No such file"),
        (["VIDEO", "--device", "cuda:7"], 6, "cuda:7 is not there"),
        (["VIDEO", "--device", "toaster"], 6, "'toaster'"),
        (["VIDEO", "--stride", "20"], 3, "--stride 9"),
        (["VIDEO", "--start", "soon"], 2, "neither a frame such as 12 nor seconds"),
        (["VIDEO", "--clip", "3/2"], 2, "such as 1/10"),
        (["VIDEO", "--clips", "3", "--start", "2"], 2, "leave --clip and --start out"),
        (["VIDEO", "--start", "5.0"], 2, "lasts 1.20 s"),
    ],
)
def test_errors(inside, video, arguments, code, words):
    done = inside("predict", *[video if part == "VIDEO" else part for part in arguments], *SMALL)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
