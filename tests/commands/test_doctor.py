import json


def test_doctor_says_that_all_is_well_and_the_same_as_json(inside):
    done = inside("doctor")
    assert done.returncode == 0, done.stdout
    assert "everything that is needed works" in done.stdout
    document = json.loads(inside("doctor", "--json").stdout)
    assert document["is_well"] is True
    assert all(finding["subject"] in done.stdout for finding in document["findings"])


def test_what_is_broken_is_exit_code_6(inside, monkeypatch):
    monkeypatch.setattr("dtfviz.core.doctor.machine.DIGESTS", {"motion.safetensors": "another"})
    done = inside("doctor")
    assert done.returncode == 6
    assert "to mend: bundled" in done.stdout
    assert "mend: pip install --force-reinstall --no-deps dtfviz" in done.stdout
