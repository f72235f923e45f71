import json
import shlex
from pathlib import Path

import pytest

from dtfviz.core.errors import InputError, OutputError, Use
from dtfviz.core.jobs.draw import draw_again
from dtfviz.core.jobs.fulfil import Run, fulfil
from dtfviz.core.jobs.request import Request
from dtfviz.core.render.drawing import Changes, Drawing
from dtfviz.core.results.training import Logged, TrainingLog

LOG = TrainingLog((Logged(1, 1.0, 1.0, 0.0, 0.0, 0.5, 1.0, 1.0), Logged(2, 0.5, 0.5, 0.0, 0.0, 0.5, 1.0, 1.0)), "a log")
DEEP = "[" * 100_000


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def carry_out(*, overwrite=False, is_redrawn=False, width=4.0):
    run = Run(
        command="see",
        stem="walk",
        inputs={"a": 1},
        drawing=Drawing(width=width, dpi=50),
        compute=lambda place: LOG,
        facts=lambda found, files: {"command": ["dtfviz", "see", "a b"], "files": files},
        is_redrawn=is_redrawn,
    )
    return fulfil(run, Request(out="out", overwrite=overwrite))


def replace(text):
    return lambda path: path.write_text(text)


DAMAGES = {
    "result/result.json": [
        Path.unlink,
        replace(""),
        replace("{"),
        replace(DEEP),
        replace("[]"),
        replace('{"schema": 2}'),
    ],
    "curve.png": [Path.unlink],
}


@pytest.mark.parametrize(("name", "damage"), [(name, one) for name, several in DAMAGES.items() for one in several])
def test_what_is_damaged_of_a_finished_run_is_an_error_with_a_way_out(name, damage):
    assert carry_out().is_new
    damage(Path("out", name))
    with pytest.raises(InputError, match=f"out/{name}: ") as caught:
        carry_out()
    assert caught.value.hint == Use("overwrite")
    assert carry_out(overwrite=True).is_new
    assert not carry_out().is_new


@pytest.mark.parametrize("name", ["result/result.json", "result/drawing.json"])
def test_so_it_is_where_only_pictures_are_drawn_anew(name):
    carry_out(is_redrawn=True)
    Path("out", name).write_text("{")
    with pytest.raises(InputError, match=f"out/{name}: cannot be read as a result") as caught:
        carry_out(is_redrawn=True, width=5.0)
    assert caught.value.hint == Use("overwrite")


def test_a_damaged_run_that_is_to_be_drawn_again_names_the_command_that_made_it():
    carry_out()
    Path("out/result/drawing.json").write_text(DEEP)
    with pytest.raises(InputError, match=r"out/result/drawing.json: cannot be read as a result") as caught:
        draw_again(Path("out"), Changes(), Request())
    assert shlex.split(str(caught.value.hint)) == ["dtfviz", "see", "a b"]


@pytest.mark.parametrize("out", ["out", "./out/", "link"])
def test_a_run_is_not_replaced_by_its_own_drawings(out):
    carry_out()
    Path("link").symlink_to("out")
    with pytest.raises(OutputError, match="would be replaced by its own drawings"):
        draw_again(Path("out"), Changes(), Request(out=out, overwrite=True))
    assert not carry_out().is_new


def test_a_manifest_that_lacks_what_is_asked_of_it_is_an_error_with_a_way_out():
    done = carry_out()
    assert done.said("files") == {"files": ["curve.png"]}
    path = Path("out/manifest.json")
    path.write_text(json.dumps({key: one for key, one in json.loads(path.read_text()).items() if key != "files"}))
    with pytest.raises(InputError, match=r"out/manifest.json: says no files") as caught:
        carry_out().said("files")
    assert caught.value.hint == Use("overwrite")
