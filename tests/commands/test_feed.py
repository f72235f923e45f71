from pathlib import Path

from videos import write_video

FILE = str(Path(__file__).parents[1] / "twopaths.py")


def test_a_model_of_two_pathways_runs_on_the_command_line(inside, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    video = str(write_video(tmp_path / "walk.mp4", 20, size=(48, 32)))
    small = ("--model", FILE, "--frames", "8", "--size", "16")
    done = inside("predict", video, *small, "--feed", f"{FILE}:paths")
    assert done.returncode == 0, done.stderr
    assert inside("predict", video, *small).returncode == 4
    wrong = inside("predict", video, *small, "--feed", f"{FILE}:path")
    assert f"--feed {FILE}:paths" in wrong.stderr.splitlines()[-1]
