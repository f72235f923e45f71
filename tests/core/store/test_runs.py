import json

import pytest

from dtfviz.core.errors import OutputError, Use
from dtfviz.core.store import runs
from dtfviz.core.store.runs import Ledger, Place, find_place, writing


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(inputs, **options):
    place = find_place("gradcam", "walk", inputs, **options)
    if not place.is_up_to_date:
        with writing(place, {"inputs": inputs}) as folder:
            (folder / "result.txt").write_text(str(inputs))
    return place


def fail(inputs, error, **options):
    """Half of a run, and then an error."""
    with writing(find_place("gradcam", "walk", inputs, **options), {}) as folder:
        (folder / "half.txt").write_text("half")
        raise error


def test_a_run_has_a_folder_named_by_what_it_holds_and_is_made_once(here):
    first, again = make({"a": 1}), make({"a": 1})
    assert str(first.folder) == "dtfviz-out/walk/gradcam"
    assert (first.is_up_to_date, again.is_up_to_date) == (False, True)
    manifest = json.loads((here / first.folder / "manifest.json").read_text())
    assert (manifest["program"], manifest["schema"], manifest["key"]) == ("dtfviz", 2, first.key)


def test_other_inputs_go_beside_it_and_are_found_again():
    make({"a": 1})
    other, again = make({"a": 2}), make({"a": 2})
    assert other.folder.name == f"gradcam-{other.key[:8]}"
    assert again.folder == other.folder
    assert again.is_up_to_date
    assert make({"a": 1}).is_up_to_date


def test_overwrite_replaces_a_run_of_ours_and_nothing_else(here):
    make({"a": 1})
    replaced = make({"a": 2}, overwrite=True)
    assert str(replaced.folder) == "dtfviz-out/walk/gradcam"
    assert (here / replaced.folder / "result.txt").read_text() == "{'a': 2}"
    assert sorted(path.name for path in replaced.folder.parent.iterdir()) == ["gradcam"]
    theirs = here / "theirs"
    theirs.mkdir()
    (theirs / "thesis.tex").write_text("years of work")
    for overwrite in (False, True):
        with pytest.raises(OutputError, match="is not a folder of ours"):
            make({"a": 1}, out=str(theirs), overwrite=overwrite)
    assert (theirs / "thesis.tex").read_text() == "years of work"


def test_a_named_folder_that_holds_another_run_is_kept(here):
    make({"a": 1}, out="here")
    with pytest.raises(OutputError, match="holds another run") as caught:
        make({"a": 2}, out="here")
    assert caught.value.hint == Use("overwrite")
    make({"a": 2}, out="here", overwrite=True)
    assert (here / "here" / "result.txt").read_text() == "{'a': 2}"


def test_an_empty_folder_may_be_used(here):
    (here / "empty").mkdir()
    assert make({"a": 1}, out="empty").folder.name == "empty"


def test_work_that_fails_leaves_nothing_and_keeps_what_was_there(here):
    make({"a": 1}, out="here")
    with pytest.raises(ZeroDivisionError):
        fail({"a": 2}, ZeroDivisionError(), out="here", overwrite=True)
    assert [path.name for path in here.iterdir()] == ["here"]
    assert (here / "here" / "result.txt").read_text() == "{'a': 1}"


def test_a_full_disk_is_an_output_error_and_leaves_nothing(here):
    with pytest.raises(OutputError, match="cannot be written") as caught:
        fail({"a": 1}, OSError(28, "No space left on device"))
    assert caught.value.exit_code == 7
    assert not list((here / "dtfviz-out" / "walk").iterdir())


def test_a_place_under_a_file_is_an_output_error(here):
    (here / "dtfviz-out").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        make({"a": 1})


@pytest.mark.parametrize("text", ["", "[]", '{"program": "other", "key": "x"}', "{"])
def test_a_manifest_that_is_not_ours_makes_no_folder_ours(here, text):
    (here / "manifest.json").write_text(text)
    assert runs.read_key(here) is None


def test_what_is_finished_of_a_stopped_run_is_found_again_but_for_a_line_cut_short(tmp_path):
    place = Place(tmp_path / "out" / "survey", "0123456789", False)
    ledger = Ledger(place)
    ledger.add("a", {"kl": 0.1})
    with ledger.path.open("a") as file:
        file.write('\n{"name": "b", "ro')
    again = Ledger(place)
    again.add("c", {"kl": 2})
    assert Ledger(place).rows == {"a": {"kl": 0.1}, "c": {"kl": 2}}
    assert not Ledger(Place(place.folder, "another key", False)).rows


# --- places -----------------------------------------------------------------------------------------------------------
def test_the_folder_one_stands_in_is_filled_and_made_anew(here):
    assert make({"a": 1}, out=".").folder == here.resolve()
    assert make({"a": 1}, out=".").is_up_to_date
    (here / "result.txt").write_text("old")
    make({"a": 2}, out=".", overwrite=True)
    assert (here / "result.txt").read_text() == "{'a': 2}"
    assert sorted(path.name for path in here.iterdir()) == ["manifest.json", "result.txt"]
    with pytest.raises(OutputError, match="holds another run"):
        make({"a": 3}, out=".")


def test_a_folder_one_stands_in_that_holds_other_things_is_left_alone(here):
    (here / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match="is not a folder of ours"):
        make({"a": 1}, out=".", overwrite=True)
    assert (here / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize("out", ["/proc/x", "/proc/x/y/z", "file/x"])
def test_a_place_that_cannot_be_written_is_found_out_before_anything_is_computed(here, out):
    (here / "file").write_text("no folder")
    with pytest.raises(OutputError, match="cannot be written"):
        find_place("gradcam", "walk", {"a": 1}, out=out)
    assert [path.name for path in here.iterdir()] == ["file"]


def test_looking_whether_a_place_can_be_written_leaves_nothing(here):
    find_place("gradcam", "walk", {"a": 1}, out="some/where/deep")
    assert not list(here.iterdir())
