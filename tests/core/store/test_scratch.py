import subprocess
import sys

import pytest

from dtfviz.core.errors import OutputError
from dtfviz.core.store import scratch as module
from dtfviz.core.store.folders import held_alone
from dtfviz.core.store.scratch import PREFIX, replacing, scratch

BUSY = """
import sys
from pathlib import Path
from dtfviz.core.store.{module} import {name}

with {name}(Path(sys.argv[1])) as where:
    print(where, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """A process that is in the middle of it; called, it begins."""
    started = []

    def begin(module, name, path=tmp_path):
        code = BUSY.format(module=module, name=name)
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        process.stdout.readline()
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def hidden(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_it_is_empty_on_the_same_disk_and_gone_in_the_end(tmp_path):
    with scratch(tmp_path) as folder:
        assert not list(folder.iterdir())
        assert folder.stat().st_dev == tmp_path.stat().st_dev
        (folder / "half").write_text("half")
    with pytest.raises(ZeroDivisionError), scratch(tmp_path):
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_what_a_kill_left_goes_with_the_next_run_and_what_is_in_use_stays(tmp_path, other):
    killed, alive = other("scratch", "scratch"), other("scratch", "scratch")
    killed.kill()
    killed.wait()
    assert len(hidden(tmp_path)) == 2
    with scratch(tmp_path):
        assert len(hidden(tmp_path)) == 2  # that of the living, and our own
    alive.communicate("")
    assert alive.returncode == 0
    assert not hidden(tmp_path)


def test_folders_of_others_are_never_swept_away(tmp_path):
    for name in (".dtfviz-notes", ".other-12345678", "dtfviz-12345678"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.tex").write_text("years of work")
    with scratch(tmp_path):
        pass
    assert len(list(tmp_path.rglob("thesis.tex"))) == 3


def test_a_disk_without_locks_is_written_all_the_same_and_swept_of_nothing(tmp_path, monkeypatch):
    def without(*_):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(module, "flock", without)
    with scratch(tmp_path) as first, scratch(tmp_path):
        assert first.exists()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_held_is_an_error_until_its_process_ends(tmp_path, other):
    holder = other("folders", "held_alone")
    with pytest.raises(OutputError, match="another process is writing there"), held_alone(tmp_path):
        pass
    holder.kill()
    holder.wait()
    with held_alone(tmp_path):
        assert hidden(tmp_path)
    assert not hidden(tmp_path)


def test_a_link_is_followed_to_the_file_that_is_replaced(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there/file")
    for text in ("first", "second"):
        with replacing(tmp_path / "link") as partial:
            partial.write_text(text)
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "there" / "file").read_text() == text
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["file"]


def test_a_folder_that_a_signal_left_without_its_lock_is_swept(tmp_path):
    (tmp_path / f"{PREFIX}early").mkdir()
    (tmp_path / f"{PREFIX}unfinished-1").mkdir()
    (tmp_path / f"{PREFIX}unfinished-1" / "log.jsonl").touch()
    with scratch(tmp_path) as folder:
        assert folder.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == [f"{PREFIX}unfinished-1"]
