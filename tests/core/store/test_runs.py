import json
import os
from contextlib import suppress

import pytest

from dtfviz.core.errors import OutputError, Use
from dtfviz.core.store import runs
from dtfviz.core.store.runs import Ledger, Place, find_place, writing
from dtfviz.core.store.scratch import LOCK, PREFIX


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(inputs, names=("result.txt",), **options):
    place = find_place("gradcam", "walk", inputs, **options)
    if not place.is_up_to_date:
        with writing(place, {"inputs": inputs}) as folder:
            for name in names:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(str(inputs))
    return place


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


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


def test_overwrite_keeps_files_that_are_not_ours_and_removes_all_that_are(here):
    make({"a": 1}, out="out", names=("sheet.png", "result/result.json", "only/in/the/first.txt"))
    (here / "out" / "notes.txt").write_text("mine")
    (here / "out" / "result" / "notes.txt").write_text("mine")
    make({"a": 2}, out="out", names=("sheet.png", "result/result.json"), overwrite=True)
    assert everything(here / "out") == [
        "manifest.json", "notes.txt", "result/notes.txt", "result/result.json", "sheet.png"
    ]  # fmt: skip
    assert (here / "out" / "result" / "result.json").read_text() == "{'a': 2}"


@pytest.mark.parametrize("theirs", ["b.txt", "result", "c.txt/inside"])
def test_a_file_that_is_not_ours_is_never_replaced(here, theirs):
    make({"a": 1}, out="out", names=("a.txt",))
    (here / "out" / theirs).parent.mkdir(exist_ok=True)
    (here / "out" / theirs).write_text("mine")
    before = everything(here / "out")
    with pytest.raises(OutputError, match="stands where this run writes, and is not ours"):
        make({"a": 2}, out="out", names=("b.txt", "result/result.json", "c.txt"), overwrite=True)
    assert (here / "out" / theirs).read_text() == "mine"
    assert everything(here / "out") == before


@pytest.mark.parametrize(
    "written", [["../precious", "/PRECIOUS", "link/precious", "", ".", "a\0b", 5, None, ["x"]], "precious", None, {}]
)
def test_a_manifest_that_was_tampered_with_removes_nothing_elsewhere(here, written):
    make({"a": 1}, out="out")
    (here / "precious").write_text("mine")
    (here / "out" / "link").symlink_to(here)
    manifest = json.loads((here / "out" / "manifest.json").read_text())
    text = json.dumps(manifest | {"written": written}).replace("/PRECIOUS", str(here / "precious"))
    (here / "out" / "manifest.json").write_text(text)
    with suppress(OutputError):
        make({"a": 2}, out="out", names=("other.txt",), overwrite=True)
    assert (here / "precious").read_text() == "mine"


def test_a_run_that_does_not_say_which_files_are_ours_is_not_replaced(here):
    make({"a": 1}, out="out")
    manifest = json.loads((here / "out" / "manifest.json").read_text())
    del manifest["written"]
    (here / "out" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(OutputError, match="holds another run") as caught:
        make({"a": 2}, out="out", overwrite=True)
    assert caught.value.hint == Use("out", "out-new")


def test_two_runs_that_were_given_one_place_do_not_replace_each_other(here):
    one, other = (find_place("gradcam", "walk", {"a": number}) for number in (1, 2))
    assert one.folder == other.folder
    make({"a": 1})
    with pytest.raises(OutputError, match="another run was written there meanwhile"), writing(other, {}) as folder:
        (folder / "result.txt").write_text("{'a': 2}")
    assert (here / one.folder / "result.txt").read_text() == "{'a': 1}"


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


@pytest.mark.parametrize("text", ["", "[]", '{"program": "other", "key": "x"}', "{", "[" * 100_000])
def test_a_manifest_that_is_not_ours_makes_no_folder_ours(here, text):
    (here / "manifest.json").write_text(text)
    assert runs.read_key(here) is None


def test_what_is_finished_of_a_stopped_run_is_found_again_but_for_a_line_cut_short(tmp_path):
    place = Place(tmp_path / "out" / "survey", "0123456789", False)
    ledger = Ledger(place)
    ledger.add("a", {"kl": 0.1})
    with ledger.path.open("ab") as file:
        file.write(b'\n5\n[]\n{"name": 5, "row": {}}\n{"name": "\xff"}\n' + b"[" * 100_000 + b'\n{"name": "b", "ro')
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


@pytest.mark.parametrize("way", ["folder", "link", "link to a link"])
def test_a_folder_that_stands_there_is_filled_and_stays_the_same_folder(here, way):
    target = here / "disk" / "volume"  # a mount point cannot be replaced, nor may its parent be written
    target.mkdir(parents=True)
    out = target
    if way != "folder":
        out = here / "link"
        out.symlink_to(target)
    if way == "link to a link":
        out = here / "second"
        out.symlink_to("link")
    before = target.stat().st_ino
    for number in (1, 2):
        make({"a": number}, out=str(out), overwrite=True)
        assert target.stat().st_ino == before
        assert sorted(path.name for path in target.iterdir()) == ["manifest.json", "result.txt"]
        assert [path.name for path in target.parent.iterdir()] == ["volume"]
    assert (target / "result.txt").read_text() == "{'a': 2}"
    assert make({"a": 2}, out=str(out)).is_up_to_date


@pytest.mark.parametrize("out", ["link", "link/sub/sub"])
def test_a_link_to_nothing_is_an_error_before_anything_is_computed(here, out):
    (here / "link").symlink_to(here / "not mounted")
    with pytest.raises(OutputError, match="link: is a link to nothing") as caught:
        find_place("gradcam", "walk", {"a": 1}, out=out)
    assert str(caught.value.hint) == f"mkdir -p '{here / 'not mounted'}'"
    assert [path.name for path in here.iterdir()] == ["link"]


def test_a_file_is_no_place(here):
    (here / "file").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(OutputError, match="cannot be written; file is no folder"):
            find_place("gradcam", "walk", {"a": 1}, out="file", overwrite=overwrite)


def test_a_folder_that_failed_to_fill_is_only_removed_where_it_was_made(here, monkeypatch):
    (here / "mine").mkdir()
    for where, out in ((here, "mine"), (here / "mine", ".")):
        monkeypatch.chdir(where)
        with pytest.raises(ZeroDivisionError):
            fail({"a": 1}, ZeroDivisionError(), out=out)
    monkeypatch.chdir(here)
    with pytest.raises(ZeroDivisionError):
        fail({"a": 1}, ZeroDivisionError(), out="new/one")
    assert sorted(path.name for path in here.iterdir()) == ["mine", "new"]
    assert not list((here / "new").iterdir())


def test_a_run_that_was_killed_while_its_files_were_put_in_place_is_done_again(here, monkeypatch):
    def killed(source, target):
        if str(target).endswith("b.txt"):
            raise KeyboardInterrupt
        real(source, target)

    real = os.replace
    make({"a": 1}, out="out", names=("a.txt", "b.txt", "old.txt"))
    (here / "out" / "notes.txt").write_text("mine")
    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        make({"a": 2}, out="out", names=("a.txt", "b.txt"), overwrite=True)
    monkeypatch.undo()
    monkeypatch.chdir(here)
    assert runs.read_key(here / "out") == runs.CUT_OFF
    assert not make({"a": 1}, out="out", names=("c.txt",)).is_up_to_date
    assert everything(here / "out") == ["c.txt", "manifest.json", "notes.txt"]


def test_a_run_that_is_up_to_date_leaves_nothing_hidden():
    folder = make({"a": 1}).folder
    left = folder / f"{PREFIX}left"
    left.mkdir()
    (left / LOCK).touch()
    assert make({"a": 1}).is_up_to_date
    assert not left.exists()
