from dataclasses import asdict

import pytest

from dtfviz.core.errors import OutputError
from dtfviz.core.learning.journal import Journal
from dtfviz.core.results.training import Logged


def step(number):
    return Logged(number, 1 / 3, 0.25, 0.0, 0.0, 0.5, 7.0, 1e-3)


def test_steps_come_back_as_they_were_written(tmp_path):
    journal = Journal(tmp_path / "log.jsonl", 0)
    journal.add_step(step(1))
    journal.add_broken(2, "a b.mp4", "it is empty")
    journal.add_step(step(2))
    assert journal.steps() == [step(1), step(2)]
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 3
    assert list(asdict(step(1))) == [
        "step",
        "loss",
        "clip_loss",
        "dense_loss",
        "spread",
        "accuracy",
        "gradient",
        "rate",
    ]


def test_what_a_training_did_after_its_last_checkpoint_is_forgotten_and_half_lines_are_none(tmp_path):
    journal = Journal(tmp_path / "log.jsonl", 0)
    for number in (1, 2, 3):
        journal.add_step(step(number))
    journal.path.write_text(journal.path.read_text() + '{"step": 4, "lo')
    assert Journal(journal.path, 2).steps() == [step(1), step(2)]
    assert len(journal.path.read_text().splitlines()) == 2


def test_a_log_that_cannot_be_written_is_an_output_error(tmp_path):
    journal = Journal(tmp_path / "log.jsonl", 0)
    journal.path.unlink()
    journal.path.mkdir()
    with pytest.raises(OutputError, match=r"log.jsonl: cannot be written"):
        journal.add_step(step(1))
