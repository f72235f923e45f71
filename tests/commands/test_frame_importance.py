import json
from pathlib import Path

import pytest
from videos import write_video

SMALL = ("--model", "dtf_net_motion", "--frames", "8", "--size", "32", "--stride", "1")


@pytest.fixture
def video(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return str(write_video(tmp_path / "walk.mp4", 30))


def test_one_command_gives_a_timeline_its_numbers_and_a_manifest(inside, video):
    done = inside("frame-importance", video, *SMALL)
    assert done.returncode == 0
    assert "UNTRAINED" in done.stderr
    assert "dtf_net_motion, UNTRAINED" in done.stdout
    folder = Path("dtfviz-out/walk/frame-importance")
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [
        "frame_importance.json",
        "frame_importance.png",
        "manifest.json",
    ]
    document = json.loads(inside("frame-importance", video, *SMALL, "--json").stdout)
    assert (document["state"], len(document["held"]), len(document["energy"])) == ("up to date", 8, 8)
    assert document["clip"]["indices"] == list(range(11, 19))


def test_cells_are_blurred_where_asked_for_and_drawn_again(inside, video):
    done = inside("frame-importance", video, *SMALL, "--cells", "2x3x2")
    assert done.returncode == 0
    assert "of 2 x 3 x 2 blurred cells" in done.stdout
    folder = Path("dtfviz-out/walk/frame-importance")
    assert (folder / "occlusion.npz").exists()
    document = json.loads((folder / "frame_importance.json").read_text())
    assert [len(part) for part in document["occlusion"]] == [3, 3]
    inside("draw", str(folder), "--format", "pdf", "--out", "again")
    assert Path("again/frame_importance.pdf").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--method", "scorecam"], "thousands of times"),
        (["--layer", "layr4"], "did you mean layer4"),
        (["--target", "99"], "no class 99"),
        (["--cells", "4x4"], "not three numbers as in 8x14x14"),
        (["--cells", "9x2x2"], "try: dtfviz frame-importance"),
    ],
)
def test_wishes_that_cannot_be_met_write_nothing(inside, video, arguments, words):
    done = inside("frame-importance", video, *SMALL, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert not list(Path().rglob("manifest.json"))
