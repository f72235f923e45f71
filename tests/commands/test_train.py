import json
import re
import signal
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from videos import write_video

import dtfviz
from dtfviz.core.jobs import train as job
from dtfviz.core.media.motion import CLASSES
from dtfviz.core.store.checkpoint import read_checkpoint
from dtfviz.core.store.folders import held_alone

TINY = ("--frames", "4", "--size", "16", "--batch", "2", "--workers", "0", "--device", "cpu")
MOTION = ("train", *TINY, "--steps", "4", "--out", "here")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield tmp_path
    torch.set_num_threads(before)


@pytest.fixture
def videos(place):
    """Two classes of two videos, and a list of them."""
    names = ["clap/1.mp4", "clap/two words.mp4", "wave/1.mp4", "wave/2.mp4"]
    for name in names:
        (place / "videos" / name).parent.mkdir(parents=True, exist_ok=True)
        write_video(place / "videos" / name, 6)
    (place / "list.txt").write_text("".join(f"{name} 6 {name.startswith('wave'):d}\n" for name in names))
    return place / "videos"


@pytest.fixture
def interrupt(monkeypatch):
    """Ctrl-C while a step is under way."""
    real = job.Scribe.note_step

    def after(step):
        def note(scribe, logged):
            real(scribe, logged)
            if logged.step == step:
                signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(job.Scribe, "note_step", note)

    return after


def files(folder):
    return sorted(path.name for path in Path(folder).iterdir() if path.name != "result")


def assert_same_model(*folders):
    """Bit for bit; the order of a safetensors file's metadata is nobody's to choose."""
    one, other = (read_checkpoint(f"{folder}/model.safetensors") for folder in folders)
    assert one.record == other.record
    assert one.tensors.keys() == other.tensors.keys()
    assert all(torch.equal(value, other.tensors[name]) for name, value in one.tensors.items())


def test_a_training_leaves_a_model_that_knows_itself_a_log_a_curve_and_a_manifest(inside):
    done = inside("train", *TINY, "--steps", "4", "--seed", "3")
    assert done.returncode == 0
    folder = next(Path("dtfviz-out/train").iterdir())
    assert folder.name.startswith("dtf_net_motion-motion-")
    assert done.stdout == f"{folder}: written\n"
    assert files(folder) == ["curve.png", "log.jsonl", "manifest.json", "model.safetensors"]
    assert [line.split("  ")[0] for line in done.stderr.splitlines()] == [
        f"step {number} of 4" for number in range(1, 5)
    ]
    assert "left" in done.stderr
    model = dtfviz.load_model(checkpoint=folder / "model.safetensors")
    card = model.card
    assert (card.name, card.trust, card.classes, card.frames, card.size, card.filter_layout) == (
        "dtf_net_motion", "trained", CLASSES, 4, 16, "paper"
    )  # fmt: skip
    record = read_checkpoint(folder / "model.safetensors").record["provenance"]
    assert record["overrides"] == {"batch": 2, "steps": 4}
    assert (record["recipe"]["optimizer"], record["seed"], record["steps"]) == ("adamw", 3, {"done": 4, "of": 4})
    assert record["trained by"]["dtfviz"] == dtfviz.__version__
    assert inside("train", *TINY, "--steps", "4", "--seed", "3").stdout == f"{folder}: up to date\n"
    inside("train", *TINY, "--steps", "4", "--seed", "4")
    assert len(list(folder.parent.iterdir())) == 2


def test_ctrl_c_saves_and_says_how_to_go_on_and_the_end_is_the_same(inside, interrupt):
    assert inside(*MOTION[:-1], "whole").returncode == 0
    interrupt(1)  # heard in the step after it
    done = inside(*MOTION)
    assert (done.returncode, done.stdout) == (130, "")
    assert "saved after step 2 of 4; to go on: dtfviz train --resume here" in done.stderr
    assert files("here") == ["curve.png", "log.jsonl", "model.safetensors", "resume.pt", "training.json"]
    assert read_checkpoint("here/model.safetensors").record["provenance"]["steps"] == {"done": 2, "of": 4}
    interrupt(99)
    done = inside("train", "--resume", "here", "--workers", "0", "--device", "cpu", "--json")
    assert "here: goes on after step 2 of 4" in done.stderr
    assert json.loads(done.stdout)["state"] == "written"
    assert Path("here/log.jsonl").read_text() == Path("whole/log.jsonl").read_text()
    assert_same_model("here", "whole")
    assert files("here") == files("whole")


def test_the_same_command_goes_on_too_and_another_leaves_the_folder_alone(inside, interrupt):
    interrupt(1)
    inside(*MOTION)
    before = Path("here/resume.pt").read_bytes()
    done = inside(*MOTION, "--lr", "1e-3")
    assert (done.returncode, done.stdout) == (7, "")
    assert "here: holds another training" in done.stderr
    assert Path("here/resume.pt").read_bytes() == before
    interrupt(99)
    done = inside(*MOTION)
    assert "goes on after step 2 of 4" in done.stderr
    assert done.returncode == 0
    assert inside(*MOTION, "--lr", "1e-3").returncode == 7
    assert inside(*MOTION, "--lr", "1e-3", "--overwrite").returncode == 0
    assert json.loads(Path("here/manifest.json").read_text())["training"]["overrides"]["rate"] == 1e-3


def test_a_kill_after_the_last_state_and_before_the_last_files_loses_nothing(inside, monkeypatch):
    assert inside(*MOTION[:-1], "whole").returncode == 0
    real = job.write_checkpoint
    monkeypatch.setattr(job, "write_checkpoint", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    assert inside(*MOTION).returncode == 130
    assert "model.safetensors" not in files("here")
    monkeypatch.setattr(job, "write_checkpoint", real)
    assert inside(*MOTION).returncode == 0
    assert_same_model("here", "whole")
    assert files("here") == files("whole")


@pytest.mark.parametrize(
    ("damaged", "words"),
    [
        ({}, "wishes is no record"),
        ({"wishes": {"record": "TrainWishes", "steps": "many"}}, "wishes.steps is 'many', no int"),
        ({"wishes": {"record": "TrainWishes", "blocks": 5}}, "wishes.blocks is no list"),
        ({"wishes": [[]]}, "wishes is no record"),
    ],
)
def test_damage_to_what_a_training_was_asked_for_is_an_error_with_a_way_out(inside, interrupt, damaged, words):
    interrupt(1)
    inside(*MOTION)
    path = Path("here/training.json")
    kept = {key: value for key, value in json.loads(path.read_text()).items() if key != "wishes"}
    path.write_text(json.dumps(kept | damaged))
    done = inside("train", "--resume", "here", "--device", "cpu")
    assert (done.returncode, done.stdout) == (3, "")
    assert words in done.stderr
    interrupt(99)
    assert inside(*MOTION).returncode == 0  # the way out


@pytest.mark.parametrize("text", ["", "5\n[]\nnull\n", '{"step": "x"}\n{"step": 1, "loss": "high"}\n'])
def test_a_training_that_was_all_but_finished_ends_well_without_its_log(inside, monkeypatch, text):
    with monkeypatch.context() as patch:
        patch.setattr(job.Scribe, "finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert inside(*MOTION).returncode == 130
    Path("here/log.jsonl").write_text(text)
    assert inside(*MOTION).returncode == 0
    assert json.loads(Path("here/manifest.json").read_text())["training"]["metrics"] == {
        "over the last logged steps": 0
    }


@pytest.mark.parametrize("text", ["", "[" * 100_000, '{"program": "other"}'])
def test_a_training_whose_beginning_cannot_be_read_is_not_taken_for_ours(inside, interrupt, text):
    interrupt(1)
    inside(*MOTION)
    Path("here/training.json").write_text(text)
    for arguments, code in ((MOTION, 7), ((*MOTION, "--overwrite"), 7), (("train", "--resume", "here"), 3)):
        assert inside(*arguments).returncode == code
    assert "its training.json cannot be read as ours" in inside(*MOTION).stderr


def test_a_folder_in_which_another_process_trains_is_left_alone(inside, interrupt):
    interrupt(1)
    inside(*MOTION)
    before = {path.name: path.read_bytes() for path in Path("here").iterdir()}
    with held_alone(Path("here")):
        for arguments in (MOTION, (*MOTION, "--overwrite"), ("train", "--resume", "here", "--device", "cpu")):
            done = inside(*arguments)
            assert (done.returncode, done.stdout) == (7, "")
            assert "here: another process is writing there" in done.stderr
        assert {name: Path("here", name).read_bytes() for name in before} == before
    interrupt(99)
    assert inside(*MOTION).returncode == 0


def test_beginning_anew_keeps_files_that_are_not_ours(inside):
    assert inside(*MOTION).returncode == 0
    Path("here/notes.txt").write_text("mine")
    assert inside(*MOTION, "--overwrite").returncode == 0
    assert Path("here/notes.txt").read_text() == "mine"


def test_a_run_of_another_command_is_no_training_to_overwrite(inside, videos):
    video = str(videos / "clap/1.mp4")
    assert (
        inside(
            "gradcam", video, "--model", "dtf_net_motion", "--frames", "4", "--size", "16", "--out", "here"
        ).returncode
        == 0
    )
    before = files("here")
    done = inside(*MOTION, "--overwrite")
    assert (done.returncode, files("here")) == (7, before)
    assert "here: holds a run, but no training" in done.stderr


def test_long_trainings_log_their_first_step_and_then_some(inside, monkeypatch):
    monkeypatch.setattr(job, "LINES", 2)
    assert inside(*MOTION).returncode == 0
    assert [json.loads(line)["step"] for line in Path("here/log.jsonl").read_text().splitlines()] == [1, 2, 4]


def test_a_full_disk_ends_with_the_earlier_checkpoint(inside, monkeypatch):
    real = job.save_state

    def full(training, path):
        if training.step == 3:
            monkeypatch.setattr(
                "pathlib.Path.write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
            )
        real(training, path)

    monkeypatch.setattr(job, "save_state", full)
    done = inside(*MOTION, "--save-every", "1")
    assert done.returncode == 7
    assert "resume.pt: cannot be written" in done.stderr
    assert "No space left on device" in done.stderr
    assert torch.load("here/resume.pt", weights_only=True)["step"] == 2
    assert read_checkpoint("here/model.safetensors").record["provenance"]["steps"]["done"] == 2
    monkeypatch.undo()


def test_a_training_that_breaks_down_keeps_what_was_good(inside):
    done = inside(*MOTION, "--lr", "1e9", "--save-every", "1")
    assert done.returncode == 4
    assert "the training broke down at step 2: its loss is nan" in done.stderr
    assert "--lr 1e+08" in done.stderr
    assert read_checkpoint("here/model.safetensors").record["provenance"]["steps"]["done"] == 1


@pytest.mark.parametrize("recipe", ["paper", "released", "motion"])
def test_any_recipe_trains_any_model_on_videos(inside, videos, recipe):
    done = inside(
        "train",
        "videos",
        "--recipe",
        recipe,
        "--model",
        "dtf_net_motion",
        "--variant",
        "dtf_1d",
        "--blocks",
        "layer4",
        *MOTION[1:],
    )
    assert done.returncode == 0
    assert ("its dense loss needs generated motion" in done.stderr) == (recipe == "motion")
    card = dtfviz.load_model(checkpoint="here/model.safetensors").card
    assert (card.classes, card.num_classes, card.temporal) == (("clap", "wave"), 2, "dtf_1d")
    assert [layer.name for layer in card.layers if layer.temporal] == ["layer4", "layer4.0"]


def test_one_corrupt_video_among_good_ones_is_skipped_with_one_line(inside, videos):
    (videos / "wave/1.mp4").write_bytes(b"no video")
    done = inside(
        "train", "list.txt", "--root", "videos", "--model", "dtf_net_motion", *TINY, "--epochs", "3", "--out", "here"
    )
    assert done.returncode == 0
    assert done.stderr.count("skipped: videos/wave/1.mp4: cannot be read as a video") == 1
    lines = [json.loads(line) for line in Path("here/log.jsonl").read_text().splitlines()]
    assert [line["skipped"] for line in lines if "skipped" in line] == ["videos/wave/1.mp4"]
    assert sum("loss" in line for line in lines) == 6  # 3 epochs of 4 videos, 2 a step
    assert list(json.loads(Path("here/manifest.json").read_text())["training"]["skipped"]) == ["videos/wave/1.mp4"]


def test_weights_to_begin_from_are_taken_and_named(inside, videos):
    inside(*MOTION)
    done = inside(
        "train",
        "videos",
        "--model",
        "dtf_net_motion",
        "--init",
        "here/model.safetensors",
        *MOTION[1:-1],
        "there",
        "--lr",
        "1e-9",
    )
    assert "here/model.safetensors: 134 tensors taken, 2 of the model's are left as drawn" in done.stderr
    before, after = load_file("here/model.safetensors"), load_file("there/model.safetensors")
    torch.testing.assert_close(after["layer3.0.conv2.weight"], before["layer3.0.conv2.weight"], rtol=0, atol=1e-6)
    assert json.loads(Path("there/manifest.json").read_text())["training"]["init"]["file"] == "model.safetensors"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere.txt"], 3, "nowhere.txt: does not exist"),
        (["empty.txt"], 3, "lists no videos"),
        (["bad.txt", "--classes", "2"], 3, "bad.txt, line 2: label 5 is out of range"),
        (["missing.txt"], 3, "line 1: .*nosuch.mp4 does not exist"),
        (["corrupt.txt", "--model", "dtf_net_motion"], 3, "none of the videos can be read"),
        (["videos", "--classes", "3"], 2, "has 2 classes, not 3"),
        (["--classes", "3"], 2, "generated motion has 14 classes, not 3"),
        (["--recipe", "papr"], 2, "did you mean paper"),
        (["--recipe", "paper"], 2, "generated motion has no epochs"),
        (["--init", "nosuch.pth"], 3, "nosuch.pth: cannot be opened"),
        (["--out", "videos"], 7, "videos: is not a folder of ours"),
        (["--resume", "videos"], 3, "videos: holds no unfinished training"),
        (["--resume", "videos", "--steps", "3"], 2, "leave steps out"),
        (["--device", "cuda:9"], 6, "cuda:9 is not there"),
        (["--device", "xla"], 6, "xla is not there"),
        (["--blocks", "layer9"], 2, "layer9"),
    ],
)
def test_bad_input_is_found_before_training_begins(inside, videos, arguments, code, words):
    Path("empty.txt").write_text("\n")
    Path("bad.txt").write_text("list.txt 6 0\nlist.txt 6 5\n")
    Path("missing.txt").write_text("nosuch.mp4 6 0\n")
    Path("corrupt.txt").write_text("list.txt 6 0\n")
    tiny = () if "--resume" in arguments else TINY
    done = inside("train", *tiny, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert re.search(words, done.stderr)
    assert files("videos") == ["clap", "wave"]
