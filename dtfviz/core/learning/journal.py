"""The log of a training: a JSON object a line, one a step, and one for each video that could not be read."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dtfviz.core.checkpoint import replacing
from dtfviz.core.results.training import Logged
from dtfviz.core.runs import not_writable, read_lines


class Journal:
    """Lines that belong to steps after `step` are of a training that was cut off there, and will be written again."""

    def __init__(self, path: Path, step: int) -> None:
        self.path = path
        kept = [line for line in read_lines(path) if line["step"] <= step]
        with replacing(path) as partial:
            partial.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")

    def add(self, line: dict[str, Any]) -> None:
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise not_writable(self.path, error) from error

    def add_step(self, logged: Logged) -> None:
        self.add(asdict(logged))

    def add_broken(self, step: int, video: str, reason: str) -> None:
        self.add({"step": step, "skipped": video, "reason": reason})

    def steps(self) -> list[Logged]:
        return [Logged(**line) for line in read_lines(self.path) if "loss" in line]
