"""Logs, a JSON object a line, that a kill may cut short at any byte.

That of a training has a line a step, and one for each video that could not be read. That of an evaluation has a line an
item.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from dtfviz.core.results.training import Logged
from dtfviz.core.store.folders import not_writable
from dtfviz.core.store.runs import read_lines
from dtfviz.core.store.scratch import replacing

NUMBERS = {part.name: int | float for part in fields(Logged)}


class Journal:
    """Lines that belong to steps after `step` are of a training that was cut off there, and will be written again."""

    def __init__(self, path: Path, step: int) -> None:
        self.path = path
        kept = [line for line in read_lines(path, step=int) if line["step"] <= step]
        with replacing(path) as partial:
            partial.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")

    def add_step(self, logged: Logged) -> None:
        add_line(self.path, asdict(logged))

    def add_broken(self, step: int, video: str, reason: str) -> None:
        add_line(self.path, {"step": step, "skipped": video, "reason": reason})

    def steps(self) -> list[Logged]:
        return [Logged(**{name: line[name] for name in NUMBERS}) for line in read_lines(self.path, **NUMBERS)]


def add_line(path: Path, line: Mapping[str, Any]) -> None:
    """At the end of a log."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    except OSError as error:
        raise not_writable(path, error) from error
