import json
import re
import sys
from pathlib import Path

import pytest
import torch
from conftest import run
from videos import write_video

from dtfviz.core.learning import evaluate as learning
from dtfviz.core.media.motion import CLASSES

MODEL = ("--model", "dtf_net_motion", "--frames", "4", "--size", "16", "--device", "cpu", "--workers", "0")
MOTION = ("evaluate", *MODEL, "--length", "28")
HERE = Path("dtfviz-out/motion/evaluate")
FILES = ["confusion.json", "confusion.png", "evaluation.json", "manifest.json", "scores.jsonl"]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield tmp_path
    torch.set_num_threads(before)


@pytest.fixture
def videos(place):
    """Videos of two of the classes, a list of them, and the names of all."""
    names = ["move-left/1.mp4", "move-left/two words.mp4", "zoom-in/1.mp4"]
    for name in names:
        (place / "videos" / name).parent.mkdir(parents=True, exist_ok=True)
        write_video(place / "videos" / name, 6)
    (place / "list.txt").write_text("".join(f"{name} 6 {CLASSES.index(name.split('/')[0])}\n" for name in names))
    (place / "names.txt").write_text("\n".join(CLASSES))
    return place / "videos"


def lines_of(folder):
    return [json.loads(line) for line in (Path(folder) / "scores.jsonl").read_text().splitlines()]


def files(folder):
    return sorted(path.name for path in Path(folder).iterdir() if path.is_file())


def test_an_evaluation_leaves_numbers_scores_a_confusion_and_a_manifest(inside):
    done = inside(*MOTION)
    assert done.returncode == 0
    assert files(HERE) == FILES
    assert [path.name for path in HERE.parent.iterdir()] == ["evaluate"]
    numbers, scores = json.loads((HERE / "evaluation.json").read_text()), lines_of(HERE)
    right = [max(range(14), key=line["scores"].__getitem__) == line["label"] for line in scores]
    assert numbers["top1"]["value"] == pytest.approx(sum(right) / 28)
    assert [line["label"] for line in scores] == [*range(14)] * 2
    assert (numbers["items"], numbers["read"], numbers["failed"], numbers["reversed"]) == (28, 28, [], None)
    assert [one["items"] for one in numbers["classes"]] == [2] * 14
    counts = json.loads((HERE / "confusion.json").read_text())["counts"]
    assert sum(counts[index][index] for index in range(14)) == sum(right)
    assert [sum(row) for row in counts] == [2] * 14
    manifest = json.loads((HERE / "manifest.json").read_text())
    assert (manifest["data"]["items"], manifest["model"]["trust"]) == (28, "UNTRAINED")
    for words in (
        "top-1",
        "top-5",
        "mean class accuracy",
        "UNTRAINED",
        "generated motion, difficulty 0.4",
        f"{HERE}: written",
    ):
        assert words in done.stdout


def test_the_same_again_is_up_to_date_other_options_go_beside_it_and_a_picture_can_be_drawn_anew(inside, monkeypatch):
    first = inside(*MOTION)
    monkeypatch.setattr(learning, "scores_of", None)  # from here on no model runs
    assert inside(*MOTION).stdout == first.stdout.replace("written", "up to date")
    before = lines_of(HERE), (HERE / "confusion.png").read_bytes()
    assert inside(*MOTION, "--width", "3.3", "--seed", "7").returncode == 0
    assert lines_of(HERE) == before[0]
    assert (HERE / "confusion.png").read_bytes() != before[1]


def test_orders_go_beside_each_other_and_reversed_motion_has_a_share_of_its_own(inside):
    inside(*MOTION)
    done = inside(*MOTION, "--order", "reversed", "--json")
    document = json.loads(done.stdout)
    assert re.fullmatch(r"dtfviz-out/motion/evaluate-\w{8}", document["folder"])
    assert document["evaluation"]["reversed"]["changed"]["items"] == 16
    assert document["evaluation"]["reversed"]["all"]["items"] == 28
    assert "class of the reversed motion" in inside(*MOTION, "--order", "reversed").stdout
    other = inside(*MOTION, "--out", str(HERE), "--order", "shuffled")
    assert other.returncode == 7
    assert inside(*MOTION, "--out", str(HERE), "--order", "shuffled", "--overwrite").returncode == 0
    assert json.loads((HERE / "evaluation.json").read_text())["protocol"]["order"] == "shuffled"


def test_ctrl_c_loses_nothing_and_the_same_command_goes_on(inside, monkeypatch):
    assert inside(*MOTION, "--out", "whole").returncode == 0
    real, calls = learning.scores_of, []

    def interrupted(model, x, settle):
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(len(x))
        return real(model, x, settle)

    monkeypatch.setattr(learning, "scores_of", interrupted)
    done = inside(*MOTION)
    assert (done.returncode, done.stdout, (HERE / "manifest.json").exists()) == (130, "", False)
    assert "scored 16 of 28; the same command goes on" in done.stderr
    monkeypatch.setattr(learning, "scores_of", lambda model, x, settle: calls.append(len(x)) or real(model, x, settle))
    assert inside(*MOTION).returncode == 0
    assert calls == [8, 8, 8, 4]
    assert [path.name for path in HERE.parent.iterdir()] == ["evaluate"]
    for name in ("scores.jsonl", "evaluation.json", "confusion.json", "confusion.png"):
        assert (HERE / name).read_bytes() == (Path("whole") / name).read_bytes()


def test_a_full_disk_is_an_output_error_and_loses_no_finished_work(inside, monkeypatch):
    real, told = learning.add_line, []

    def full(path, line):
        told.append(line["item"])
        real(path if len(told) < 12 else Path("/dev/full"), line)

    with monkeypatch.context() as patch:
        patch.setattr(learning, "add_line", full)
        done = inside(*MOTION)
    assert (done.returncode, done.stdout) == (7, "")
    assert "No space left on device" in done.stderr
    assert len(learning.collect(HERE.glob(".dtfviz-unfinished-*/*"))) == 11
    assert inside(*MOTION).returncode == 0
    assert len(lines_of(HERE)) == 28


def test_folders_and_lists_are_evaluated_by_the_names_or_numbers_of_their_classes(inside, videos):
    named = inside("evaluate", "videos", *MODEL, "--labels", "names.txt", "--clips", "2", "--crops", "3", "--json")
    listed = inside("evaluate", "list.txt", "--root", "videos", *MODEL, "--clips", "2", "--crops", "3", "--json")
    one, other = (json.loads(done.stdout) for done in (named, listed))
    assert (one["folder"], other["folder"]) == ("dtfviz-out/videos/evaluate", "dtfviz-out/list/evaluate")
    assert lines_of(one["folder"]) == lines_of(other["folder"])
    assert [line["label"] for line in lines_of("dtfviz-out/list/evaluate")] == [1, 1, 7]
    assert one["evaluation"]["classes"][7] == other["evaluation"]["classes"][7] | {"name": "zoom-in"}
    assert one["evaluation"]["protocol"]["crops"] == ["left", "center", "right"]


def test_one_corrupt_video_among_good_ones_is_named_counted_and_left_out(inside, videos):
    (videos / "move-left/two words.mp4").write_bytes(b"no video")
    done = inside("evaluate", "list.txt", "--root", "videos", *MODEL)
    assert done.returncode == 0
    assert done.stderr.count("not read: videos/move-left/two words.mp4: cannot be read as a video") == 1
    assert "without 1 of 3 that could not be read" in done.stdout
    numbers = json.loads(Path("dtfviz-out/list/evaluate/evaluation.json").read_text())
    assert (numbers["items"], numbers["read"], numbers["top1"]["items"]) == (3, 2, 2)
    assert numbers["failed"][0]["name"] == "videos/move-left/two words.mp4"
    assert "failed" in lines_of("dtfviz-out/list/evaluate")[1]
    assert (
        "not read: videos/move-left/two words.mp4" in inside("evaluate", "list.txt", "--root", "videos", *MODEL).stderr
    )


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere.txt"], 3, "nowhere.txt: does not exist"),
        (["empty.txt"], 3, "lists no videos"),
        (["bad.txt"], 3, "bad.txt, line 2: label 14 is out of range"),
        (["missing.txt"], 3, "line 1: .*nosuch.mp4 does not exist"),
        (["corrupt.txt"], 3, "none of the videos can be read"),
        (["videos"], 2, "videos: has 2 classes, dtf_net_motion has 14"),
        (["videos", "--labels", "other.txt"], 2, "has no class called 'zoom-in'"),
        (["--clips", "10"], 2, "a generated clip has one view"),
        (["list.txt", "--root", "videos", "--length", "5"], 2, "only generated motion has a length"),
        (["--out", "videos"], 7, "videos: is not a folder of ours"),
        (["--order", "backwards"], 2, "'backwards' is not one of"),
    ],
)
def test_bad_input_is_said_and_leaves_nothing(inside, videos, arguments, code, words):
    Path("empty.txt").write_text("\n")
    Path("bad.txt").write_text("list.txt 6 0\nlist.txt 6 14\n")
    Path("missing.txt").write_text("nosuch.mp4 6 0\n")
    Path("corrupt.txt").write_text("list.txt 6 0\n")
    Path("other.txt").write_text("\n".join([*CLASSES[:7], "fly", *CLASSES[8:]]))
    done = inside("evaluate", *arguments, *MODEL)
    assert (done.returncode, done.stdout) == (code, "")
    assert re.search(words, done.stderr)
    assert not list(Path("dtfviz-out").rglob("*.json"))


def test_the_default_model_does_not_know_generated_motion(inside):
    done = inside("evaluate", "--model", "dtf_net_r50", "--frames", "4", "--size", "16", "--labels", "kinetics400")
    assert done.returncode == 2
    assert "generated motion, difficulty 0.4: dtf_net_r50 has no class called 'static'" in done.stderr


def test_two_processes_write_the_very_scores_of_one(inside, videos):
    (videos / "zoom-in/1.mp4").write_bytes(b"no video")
    listed = ("evaluate", "list.txt", "--root", "videos", *MODEL, "--batch", "1")
    assert inside(*listed, "--out", "one").returncode == 0
    torchrun = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    done = run(*torchrun, "-m", "dtfviz", *listed, "--out", "two", OMP_NUM_THREADS="1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("two: written\n")
    assert done.stdout.count("top-1") == done.stderr.count("not read: ") == 1
    assert (Path("two") / "scores.jsonl").read_bytes() == (Path("one") / "scores.jsonl").read_bytes()
    assert not list(Path("two").glob(".dtfviz-*"))
