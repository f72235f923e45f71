import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from videos import write_video

from dtfviz.core.jobs.kept import read_drawing, read_result
from dtfviz.core.render.kinds import KINDS

SMALL = ("--model", "dtf_net_motion", "--stride", "1", "--dpi", "60", "--frames", "8", "--size", "32")
COMMANDS = {
    "gradcam": "CamStudy",
    "filters": "FilterStudy",
    "frame-importance": "Importance",
    "temporal-tests": "TemporalTests",
}


@pytest.fixture
def video(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return str(write_video(tmp_path / "walk.mp4", 20, size=(96, 64)))


@pytest.fixture
def run(inside, video):
    """A finished run of maps."""
    assert inside("gradcam", video, *SMALL).returncode == 0
    return Path("dtfviz-out/walk/gradcam")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_run_that_is_drawn_again_as_it_was_gives_the_same_picture(inside, video, command):
    inside(command, video, *SMALL)
    folder = Path("dtfviz-out/walk") / command
    assert type(read_result(folder)).__name__ == COMMANDS[command]
    done = inside("draw", str(folder))
    assert done.returncode == 0
    again = folder.with_name(f"{command}-drawn")
    figures = [path.name for path in folder.iterdir() if path.suffix == ".png"]
    assert sorted(path.name for path in again.iterdir()) == sorted([*figures, "manifest.json"])
    assert all((again / name).read_bytes() == (folder / name).read_bytes() for name in figures)
    assert inside("draw", str(folder)).stdout.endswith(f"{again}: up to date\n")


def test_a_page_can_have_another_form_and_size(inside, run):
    document = json.loads(
        inside("draw", str(run), "--format", "svg", "--width", "3.3", "--no-caption", "--json").stdout
    )
    assert document["files"] == ["sheet.svg"]
    picture = (Path(document["folder"]) / "sheet.svg").read_text()
    assert 'width="237.6pt"' in picture  # 3.3 inches of 72 points
    assert "layer4" not in picture


def test_videos_are_written_where_they_are_asked_for(inside, run):
    document = json.loads(inside("draw", str(run), "--opacity", "0.2", "--film", "--json").stdout)
    assert document["files"] == ["sheet.png", "overlay.mp4"]


def test_the_video_itself_is_not_needed(inside, run, video):
    Path(video).unlink()
    assert inside("draw", str(run)).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (("--view", "raw"), "view cannot be changed in these pictures", 2),
        (("--scale", "bright"), "no scale is called 'bright'", 2),
    ],
)
def test_what_these_pictures_do_not_have_is_said(inside, run, arguments, words, code):
    done = inside("draw", str(run), *arguments)
    assert (done.returncode, words in done.stderr) == (code, True)
    assert not run.with_name("gradcam-drawn").exists()


def test_a_folder_that_holds_no_run_or_an_old_one_is_refused(inside, run):
    assert "holds no finished run" in inside("draw", str(run.parent)).stderr
    inside("draw", str(run))
    assert "holds drawings" in inside("draw", str(run.with_name("gradcam-drawn"))).stderr
    manifest = run / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"schema": 2', '"schema": 1'))
    done = inside("draw", str(run))
    assert done.returncode == 3
    assert "was written by an earlier version" in done.stderr


def test_a_run_whose_result_is_gone_is_an_error_with_its_place(inside, run):
    shutil.rmtree(run / "result")
    done = inside("draw", str(run))
    assert done.returncode == 3
    assert f"{run}/result/drawing.json: cannot be opened" in done.stderr


def test_drawing_needs_no_torch(fresh, run):
    code = "import sys; from dtfviz.cli import run; run(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    done = fresh(code, "draw", str(run))
    assert "written" in done.stdout
    assert "torch" not in done.stderr.split()


def test_maps_come_back_as_they_were(run):
    (mosaic,) = read_result(run).targets[0].layers
    arrays = np.load(run / "maps.npz")
    np.testing.assert_array_equal(mosaic.one.raw, arrays["raw"])
    assert read_drawing(run).dpi == 60


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_no_kind_is_drawn_with_torch(fresh, kind):
    names = [target.partition(":")[0] for target in (kind.record, kind.drawing, kind.draw, kind.film) if target]
    code = "import sys, importlib; [importlib.import_module(name) for name in sys.argv[1:]]; print(*sys.modules)"
    assert "torch" not in fresh(code, *names).stdout.split()


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_part_of_the_table_is_there(kind):
    from importlib import import_module

    for target in (kind.record, kind.drawing, kind.draw, kind.film, kind.keep):
        module, _, name = target.partition(":")
        assert not target or hasattr(import_module(module), name)


def test_a_training_and_an_evaluation_are_drawn_again_too(inside, tmp_path, monkeypatch):
    """Their pictures hold no clip: the curve, and what is taken for what."""
    monkeypatch.chdir(tmp_path)
    tiny = ("--frames", "4", "--size", "16", "--batch", "2", "--steps", "2", "--workers", "0", "--device", "cpu")
    inside("train", "motion", *tiny, "-o", "trained")
    inside("evaluate", "motion", "--checkpoint", "trained/model.safetensors", "--length", "14", "-o", "evaluated")
    for folder, picture in (("trained", "curve.png"), ("evaluated", "confusion.png")):
        assert inside("draw", folder).returncode == 0
        assert (Path(folder) / picture).read_bytes() == (Path(f"{folder}-drawn") / picture).read_bytes()
