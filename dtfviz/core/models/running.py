"""Someone else's code at work: whatever it raises is an error that names it, says where, and how to see the rest."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from json import dumps
from pathlib import Path
from types import TracebackType
from typing import Any

from dtfviz.core.errors import DtfvizError, ModelError, Try

OURS = str(Path(__file__).parents[2])


@dataclass(frozen=True)
class Running:
    """A function of that name, `package.module:function` or `file.py:function`, while it is imported or called."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Code may raise anything, and may end the program; only what it is not asked for passes."""
        if isinstance(error, Exception | SystemExit) and not isinstance(error, DtfvizError):
            said = (str(error).strip().splitlines() or ["no message"])[0]
            raise ModelError(
                f"{self.name} raised {type(error).__name__}: {said}",
                fact=place_of(error),
                hint=Try((Path(sys.executable).name, "-c", self.alone())),
            ) from error

    def alone(self) -> str:
        """Python that does the same without us, and shows the whole traceback."""
        path, _, attribute = self.name.rpartition(":") if ":" in self.name else (self.name, "", "model")
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        if not path.endswith(".py"):
            return f"import {path}; {path}.{attribute}({given})"
        first, _, rest = attribute.partition(".")
        inner = f".{rest}" if rest else ""
        return f"import runpy; runpy.run_path({dumps(path)})[{dumps(first)}]{inner}({given})"


def place_of(error: BaseException) -> str:
    """The line that raised an error, of the code that is nobody's package where there is such."""
    frames = traceback.extract_tb(error.__traceback__)
    there = [frame for frame in frames if not frame.filename.startswith((OURS, "<frozen"))]
    own = [frame for frame in there if "site-packages" not in frame.filename]
    if not there:
        return ""
    frame = (own or there)[-1]
    return f"in {frame.name}, {frame.filename} line {frame.lineno}"
