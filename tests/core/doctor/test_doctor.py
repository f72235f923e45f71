"""Broken machines are made by standing in for what a check asks: an import, the list of wheels, a file."""

from importlib import import_module

import pytest

from dtfviz.core import doctor
from dtfviz.core.bundled import DIGESTS, asset
from dtfviz.core.doctor import gpu, machine, packages
from dtfviz.core.results.doctor import BROKEN, NOTE, OK
from dtfviz.core.store.digest import hash_file
from dtfviz.core.store.scratch import LOCK, PREFIX, scratch


@pytest.fixture
def broken_import(monkeypatch):
    """Makes the import of one module fail, as it does where its libraries do not fit."""

    def fail(name, error):
        def stand_in(module):
            if module == name:
                raise error
            return import_module(module)

        monkeypatch.setattr(packages, "import_module", stand_in)

    return fail


def by_subject(result):
    return {finding.subject: finding for finding in result.findings}


def test_here_everything_that_is_needed_works():
    result = doctor.examine()
    assert result.is_well
    assert [finding.subject for finding in result.findings if finding.state == BROKEN] == []
    assert len(by_subject(result)) == len(doctor.CHECKS), "each subject once"


def test_the_bundled_files_are_those_that_were_published():
    assert {name: hash_file(asset(name)) for name in DIGESTS} == DIGESTS


def test_a_torchvision_of_another_torch_is_named_with_its_mend(broken_import):
    broken_import("torchvision", RuntimeError("operator torchvision::nms does not exist"))
    result = doctor.examine()
    found = by_subject(result)["torchvision"]
    assert found.state == BROKEN
    assert "operator torchvision::nms does not exist" in found.found
    assert "it must come from where torch" in found.found
    assert found.mend == "pip install --force-reinstall torch torchvision"
    assert not result.is_well
    assert by_subject(result)["torch"].state == OK, "the rest is still looked at"


def test_without_torch_the_rest_is_still_looked_at(broken_import):
    broken_import("torch", OSError("libcudart.so.13: cannot open shared object file"))
    found = by_subject(doctor.examine())
    assert found["torch"].state == found["GPU"].state == BROKEN
    assert "libcudart.so.13" in found["torch"].found
    assert found["torch"].mend.startswith("pip install --force-reinstall 'torch>=")
    assert found["threads"].found.startswith("torch takes ?")
    assert found["PyAV"].state == OK


def test_two_wheels_of_opencv_overwrite_each_other(monkeypatch):
    there = {"opencv-python": "4.1", "opencv-python-headless": "4.2"}
    monkeypatch.setattr(packages, "installed", lambda name: there.get(name, ""))
    found = packages.opencv()
    assert found.state == BROKEN
    assert found.mend == (
        "pip uninstall --yes opencv-python-headless opencv-python && pip install opencv-python-headless"
    )


def test_an_encoder_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(packages, "ENCODER", "no-such-codec")
    found = packages.pyav()
    assert found.state == BROKEN
    assert "cannot write no-such-codec" in found.found


def test_cupy_is_optional_but_not_twice(monkeypatch, broken_import):
    monkeypatch.setattr(gpu, "wheels", list)
    assert (gpu.cupy().state, gpu.compiler().state) == (NOTE, NOTE)
    monkeypatch.setattr(gpu, "wheels", lambda: ["cupy-cuda12x", "cupy-cuda13x"])
    found = gpu.cupy()
    assert found.state == BROKEN
    assert found.mend.startswith("pip uninstall --yes cupy-cuda12x cupy-cuda13x && pip install 'dtfviz[cuda1")
    monkeypatch.setattr(gpu, "wheels", lambda: ["cupy-cuda12x"])
    broken_import("cupy", ImportError("libcuda.so.1: cannot open shared object file"))
    assert gpu.cupy().state == BROKEN


@pytest.mark.parametrize("error", [ImportError("libnvrtc.so.13: cannot open"), RuntimeError("Failure finding nvrtc")])
def test_a_compiler_that_is_missing_is_said(monkeypatch, error):
    def fail():
        raise error

    monkeypatch.setattr(gpu, "wheels", lambda: ["cupy-cuda13x"])
    monkeypatch.setattr("dtfviz.core.ops.cuda.try_compiler", fail)
    found = gpu.compiler()
    assert found.state == BROKEN
    assert str(error) in found.found
    assert found.mend.startswith("pip install 'dtfviz[cuda1")


def test_the_kernels_compile_where_the_compiler_works(monkeypatch):
    monkeypatch.setattr(gpu, "wheels", lambda: ["cupy-cuda13x"])
    monkeypatch.setattr("dtfviz.core.ops.cuda.try_compiler", lambda: "13.0")
    monkeypatch.setattr("dtfviz.core.ops.cuda.is_ready", lambda: False)
    assert gpu.compiler().found == "13.0 compiles our kernels; no GPU to run them"


def test_little_memory_and_disk_are_notes(monkeypatch):
    monkeypatch.setattr(machine, "free_memory", lambda: (2**29, 2**34))
    assert machine.memory().state == NOTE
    assert machine.memory().found == "0.5 of 16.0 GiB free"
    monkeypatch.setattr(machine, "ENOUGH_DISK", 2.0**40)
    assert machine.disk().state == NOTE
    monkeypatch.setattr(machine, "free_memory", lambda: (None, None))
    assert machine.memory().state == NOTE


def test_a_bundled_file_of_other_bytes_is_broken(monkeypatch, tmp_path):
    for name in DIGESTS:
        (tmp_path / name).write_bytes(asset(name).read_bytes())
    monkeypatch.setattr(machine, "asset", lambda name: tmp_path / name)
    assert machine.weights().state == OK
    (tmp_path / "mover.mp4").unlink()
    with (tmp_path / "motion.safetensors").open("ab") as file:
        file.write(b"\0")
    found = machine.weights()
    assert found.state == BROKEN
    assert found.found.startswith("motion.safetensors, mover.mp4: missing")


def test_what_a_killed_run_left_is_counted_and_what_is_in_use_is_not(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "ROOT", tmp_path)
    (tmp_path / "walk" / f"{PREFIX}left").mkdir(parents=True)
    (tmp_path / "walk" / f"{PREFIX}left" / LOCK).touch()
    with scratch(tmp_path):
        found = machine.left_behind()
    assert found.state == NOTE
    assert found.found.startswith("1 folders of killed runs")
