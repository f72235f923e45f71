"""What the folder of a finished run keeps: its result and how it was drawn. No torch, so that it can be drawn again."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from dtfviz.core.render.drawing import Drawing
from dtfviz.core.render.kinds import DRAWINGS, RESULTS
from dtfviz.core.results.io import fetch, store
from dtfviz.core.store.runs import MANIFEST, Facts

R = TypeVar("R")
KEPT, DRAWING = "result", "drawing"  # the folder of a result, and what lies in it beside


@dataclass(frozen=True)
class Done(Generic[R]):
    """A run whose folder is complete."""

    folder: Path
    is_new: bool  # whether anything had to be done
    result: R
    manifest: Facts


def keep_result(result: object, drawing: Drawing, folder: Path) -> None:
    """What a run can be drawn from again, in a folder of its own: people open what lies beside it."""
    kept = folder / KEPT
    kept.mkdir(exist_ok=True)
    store(result, kept)
    store(drawing, kept, DRAWING)


def read_done(folder: Path) -> Done[Any]:
    """A run that was finished before."""
    return Done(folder, False, read_result(folder), read_manifest(folder))


def read_result(folder: Path) -> Any:
    """What a finished run found."""
    return fetch(folder / KEPT, RESULTS)


def read_drawing(folder: Path) -> Drawing:
    """How a finished run was drawn."""
    found: Drawing = fetch(folder / KEPT, DRAWINGS, DRAWING)
    return found


def read_manifest(folder: Path) -> Facts:
    """What a finished run says of itself."""
    found: Facts = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return found
