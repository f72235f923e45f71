import json
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dtfviz.core.errors import InputError
from dtfviz.core.results.io import fetch, store


@dataclass(frozen=True)
class Seen:
    path: Path
    size: tuple[int, int]
    frames: NDArray[np.uint8]


@dataclass(frozen=True)
class Hot:
    seen: Seen
    level: float


@dataclass(frozen=True)
class Cold:
    seen: Seen
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Study:
    found: tuple[Hot | Cold, ...]
    areas: Mapping[float, int]
    curves: Mapping[str, NDArray[np.float64]]
    note: str | None
    spread: Hot | None
    is_whole: bool


KINDS = {"Study": f"{__name__}:Study"}
SEEN = Seen(Path("walk.mp4"), (3, 4), np.arange(24, dtype=np.uint8).reshape(2, 3, 4))
STUDY = Study(
    found=(Hot(SEEN, float("nan")), Cold(SEEN, ("blank",)), Hot(SEEN, float("-inf"))),
    areas={0.5: 3, 0.9: 12},
    curves={"a.b": np.array([1.0, 2.0]), "a": np.array([[1 + 1j]])},
    note=None,
    spread=None,
    is_whole=True,
)


def test_a_record_comes_back_as_it_was(tmp_path):
    store(STUDY, tmp_path)
    found = fetch(tmp_path, KINDS)
    assert isinstance(found, Study)
    assert found.found[0].seen.path == Path("walk.mp4")
    assert found.found[0].seen.size == (3, 4)
    np.testing.assert_array_equal(found.found[1].seen.frames, SEEN.frames)
    assert found.found[0].seen.frames.dtype == np.uint8
    assert np.isnan(found.found[0].level)
    assert found.found[2].level == float("-inf")
    assert isinstance(found.found[1], Cold)
    assert found.found[1].remarks == ("blank",)
    assert found.areas == {0.5: 3, 0.9: 12}
    assert list(found.curves) == ["a.b", "a"]
    np.testing.assert_array_equal(found.curves["a"], [[1 + 1j]])
    assert (found.note, found.spread, found.is_whole) == (None, None, True)


def test_what_records_share_is_kept_once(tmp_path):
    store(STUDY, tmp_path)
    with np.load(tmp_path / "result.npz") as arrays:
        assert len(arrays.files) == 3
    found = fetch(tmp_path, KINDS)
    assert found.found[0].seen is found.found[1].seen


def test_the_same_record_gives_the_same_bytes(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        store(STUDY, tmp_path / name)
    for name in ("result.json", "result.npz"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_what_a_result_cannot_hold_is_said_when_it_is_written(tmp_path):
    with pytest.raises(TypeError, match=r"result\.note: a set cannot be kept"):
        store(Study((), {}, {}, {"a"}, None, False), tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda facts: facts.pop("result"), "KeyError"),
        (lambda facts: facts.update(schema=1), "its schema is 1"),
        (lambda facts: facts["result"].update(record="System"), "'System'"),
        (lambda facts: facts["result"].pop("note"), "result has no note"),
        (lambda facts: facts["result"].update(is_whole=1), "result.is_whole is 1, no bool"),
        (lambda facts: facts["result"].update(areas=[[True, 3]]), "result.areas is True, no float"),
        (lambda facts: facts["result"].update(found={}), "result.found is no list"),
        (lambda facts: facts["result"]["found"][0].update(record="Study"), "result.found.0 is a 'Study'"),
        (lambda facts: facts["result"]["found"][0].update(level="hot"), "result.found.0.level is 'hot'"),
        (lambda facts: facts["result"]["found"][0]["seen"].update(size=[1]), "has 1 items, not 2"),
        (lambda facts: facts["result"]["found"][0]["seen"].update(frames={"array": "none"}), "names no array"),
        (lambda facts: facts["result"]["found"][1].update(seen={"same": "result"}), "which is not there"),
        (lambda facts: facts["result"].update(curves=3), "result.curves is no mapping"),
    ],
)
def test_a_damaged_file_says_where(tmp_path, change, said):
    store(STUDY, tmp_path)
    facts = json.loads((tmp_path / "result.json").read_text())
    change(facts)
    (tmp_path / "result.json").write_text(json.dumps(facts))
    with pytest.raises(InputError, match="cannot be read as a result") as caught:
        fetch(tmp_path, KINDS)
    assert said in caught.value.fact


def test_a_field_that_came_later_has_its_default_where_a_file_lacks_it(tmp_path):
    store(Study((Cold(SEEN, ("mind",)),), {}, {}, None, None, False), tmp_path)
    facts = json.loads((tmp_path / "result.json").read_text())
    del facts["result"]["found"][0]["remarks"]
    (tmp_path / "result.json").write_text(json.dumps(facts))
    assert fetch(tmp_path, KINDS).found[0].remarks == ()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"\x80\x04]."])
def test_damaged_arrays_are_no_result_and_run_nothing(tmp_path, content):
    store(STUDY, tmp_path)
    (tmp_path / "result.npz").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as a result"):
        fetch(tmp_path, KINDS)


def test_whatever_bytes_change_the_file_is_read_or_an_error(tmp_path):
    drawn, errors = random.Random(0), 0
    store(STUDY, tmp_path)
    whole = (tmp_path / "result.npz").read_bytes()
    for _ in range(400):
        content = bytearray(whole)
        for _ in range(drawn.choice((1, 20))):
            content[drawn.randrange(len(content))] = drawn.randrange(256)
        (tmp_path / "result.npz").write_bytes(content)
        try:
            fetch(tmp_path, KINDS)
        except InputError:
            errors += 1
    assert errors > 200  # the rest changed nothing that is read


def test_a_folder_without_a_result_says_so(tmp_path):
    with pytest.raises(InputError, match=r"result\.json: cannot be opened; No such file"):
        fetch(tmp_path, KINDS)


@pytest.mark.parametrize("name", ["result.json", "result.npz"])
def test_a_pipe_is_no_result_and_nobody_waits_for_it(tmp_path, name):
    store(STUDY, tmp_path)
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match=f"{name}: is a pipe"):
        fetch(tmp_path, KINDS)
