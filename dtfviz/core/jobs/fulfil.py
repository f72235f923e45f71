"""The one skeleton of every run: inputs -> place -> up to date? -> compute -> write. What is computed, its job says."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from dtfviz.core.jobs.request import Request
from dtfviz.core.render.drawing import Drawing
from dtfviz.core.render.kinds import DRAWINGS, RESULTS, draw, film, keep
from dtfviz.core.results.io import fetch, store
from dtfviz.core.store.runs import MANIFEST, Facts, Ledger, Place, find_place, writing

R = TypeVar("R")
KEPT, DRAWING = "result", "drawing"  # the folder of a result, and what lies in it beside


@dataclass(frozen=True)
class Run(Generic[R]):
    """A run before anything is computed."""

    command: str
    stem: str  # of its folder, where none is named
    inputs: Facts  # all that the result depends on
    drawing: Drawing
    compute: Callable[[Place], R]
    facts: Callable[[R, list[str]], Facts]  # what the manifest says of a result and its files


@dataclass(frozen=True)
class Done(Generic[R]):
    """A run whose folder is complete."""

    folder: Path
    is_new: bool  # whether anything had to be done
    result: R
    manifest: Facts


def fulfil(run: Run[R], request: Request) -> Done[R]:
    """Compute, draw and write a run, unless its folder holds it already."""
    inputs = {**run.inputs, "drawing": asdict(run.drawing)}
    place = find_place(run.command, run.stem, inputs, out=request.out, overwrite=request.overwrite)
    if place.is_up_to_date:
        return Done(place.folder, False, read_result(place.folder), read_manifest(place.folder))
    result = run.compute(place)
    manifest: Facts = {}
    with writing(place, manifest) as folder:
        manifest.update(run.facts(result, put(result, run.drawing, folder, request)))
    Ledger(place).close()
    return Done(place.folder, True, result, manifest)


def put(result: object, drawing: Drawing, folder: Path, request: Request) -> list[str]:
    """A result with its pictures and data files, and how they were drawn; gives the names of what people open."""
    files = [*film(result, drawing, folder, request.on_step), *draw(result, drawing, folder), *keep(result, folder)]
    keep_result(result, drawing, folder)
    return files


def keep_result(result: object, drawing: Drawing, folder: Path) -> None:
    """What a run can be drawn from again, in a folder of its own: people open what lies beside it."""
    kept = folder / KEPT
    kept.mkdir(exist_ok=True)
    store(result, kept)
    store(drawing, kept, DRAWING)


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
