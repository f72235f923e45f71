import pytest

from dtfviz.core.store import runs
from dtfviz.core.store.digest import hash_package, hash_tree


@pytest.fixture
def sources(tmp_path):
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops" / "kernel.cu").write_text("a")
    (tmp_path / "cli.py").write_text("b")
    return tmp_path


def test_a_tree_is_known_by_its_sources_alone(sources):
    before = hash_tree(sources)
    (sources / "ops" / "__pycache__").mkdir()
    (sources / "notes.md").write_text("c")
    (sources / "cli.pyc").write_bytes(b"d")
    (sources / "ops" / "__pycache__" / "cli.pyc").write_bytes(b"d")
    assert hash_tree(sources) == before


@pytest.mark.parametrize("name", ["cli.py", "ops/kernel.cu"])
def test_an_edit_anywhere_is_another_tree(sources, name):
    before = hash_tree(sources)
    (sources / name).write_text("edited")
    assert hash_tree(sources) != before


def test_after_an_edit_of_the_package_no_run_is_up_to_date(monkeypatch):
    before = runs.key_of({"video": 1})
    assert runs.key_of({"video": 1}) == before
    monkeypatch.setattr(runs, "hash_package", lambda: "edited")
    assert runs.key_of({"video": 1}) != before


def test_the_package_itself_has_a_fingerprint():
    assert len(hash_package()) == 64
