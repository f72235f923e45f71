"""The same run, elsewhere and at another time, writes the same bytes."""

import shutil
from hashlib import sha256

import pytest

from dtfviz.core import bundled

FIRST, LATER = "1", "1000000000"  # seconds since 1970, for whoever dates files by this variable


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize(
    "lines",
    [
        ("gradcam v.mp4 -o run", "draw run --film --format svg -o svg", "draw run --format pdf -o pdf"),
        ("filters v.mp4 -o run --format svg", "draw run --format pdf -o pdf"),
        ("temporal-tests videos -o run", "evaluate videos -o shares", "draw shares --format svg -o svg"),
        ("receptive-field --samples 1 --format pdf -o run", "flops --model dtf_net_motion -o cost.svg"),
        ("motion --class zoom-in -o m.mp4", "train --steps 2 --batch 2 --workers 0 -o run"),
    ],
)
def test_two_runs_have_the_same_bytes(inside, tmp_path, monkeypatch, lines):
    """Of folders of videos it is said when they were changed: they are copied with that."""
    found = []
    for name, when in (("first", FIRST), ("later", LATER)):
        place = tmp_path / name
        (place / "videos" / "zoom-in").mkdir(parents=True)
        for copy in ("v.mp4", "videos/zoom-in/1.mp4", "videos/zoom-in/2.mp4"):
            shutil.copy2(bundled.asset(bundled.MOVER), place / copy)
        monkeypatch.chdir(place)
        for line in lines:
            done = inside(*line.split(), SOURCE_DATE_EPOCH=when)
            assert done.returncode == 0, done.stderr
        found.append({str(path.relative_to(place)): digest(path) for path in place.rglob("*") if path.is_file()})
    first, later = found
    assert len(first) > 3 + len(lines)
    assert [path for path in first | later if first.get(path) != later.get(path)] == []


def digest(path):
    return sha256(path.read_bytes()).hexdigest()
