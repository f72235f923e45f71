"""The one skeleton of every run: inputs -> place -> up to date? -> compute -> write. What is computed, its job says."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Generic, TypeVar

from dtfviz.core.errors import Use
from dtfviz.core.jobs.kept import Done, keep_result, mended_by, read_done, read_drawing, read_result
from dtfviz.core.jobs.request import Request, silent
from dtfviz.core.learning.feed import Share
from dtfviz.core.learning.together import decide
from dtfviz.core.render.drawing import Drawing
from dtfviz.core.render.kinds import draw, film, keep
from dtfviz.core.store.runs import Facts, Place, find_place, unfinished_at, writing

R = TypeVar("R")
ALONE = Share()


@dataclass(frozen=True)
class Run(Generic[R]):
    """A run before anything is computed."""

    command: str
    stem: str  # of its folder, where none is named
    inputs: Facts  # all that the result depends on
    drawing: Drawing
    compute: Callable[[Place], R]
    facts: Callable[[R, list[str]], Facts]  # what the manifest says of a result and its files
    add: Callable[[Place, Path], None] = silent  # what else goes into its folder
    is_redrawn: bool = False  # one that is finished is drawn anew for another drawing: computing it takes hours


def fulfil(run: Run[R], request: Request, share: Share = ALONE) -> Done[R]:
    """Compute, draw and write a run, unless its folder holds it already. Of processes that share it all compute, and
    the first finds the place and writes.
    """
    place = decide(lambda: find(run, request), share)
    if not place.is_up_to_date:
        result = run.compute(place)
    elif not run.is_redrawn or is_drawn_so(place, run.drawing):
        return read_done(place.folder)
    else:
        with mended_by(Use("overwrite")):
            result = read_result(place.folder)
    return decide(lambda: write(run, result, place, request), share)


def is_drawn_so(place: Place, drawing: Drawing) -> bool:
    """Whether the pictures of a finished run are as they are asked for."""
    with mended_by(Use("overwrite")):
        return read_drawing(place.folder) == drawing


def find(run: Run[R], request: Request) -> Place:
    """Where a run belongs, and whether it is there."""
    inputs = run.inputs if run.is_redrawn else {**run.inputs, "drawing": asdict(run.drawing)}
    return find_place(run.command, run.stem, inputs, out=request.out, overwrite=request.overwrite)


def write(run: Run[R], result: R, place: Place, request: Request) -> Done[R]:
    """A run's folder, whole or not at all."""
    manifest: Facts = {}
    with writing(place, manifest) as folder:
        run.add(place, folder)
        manifest.update(run.facts(result, put(result, run.drawing, folder, request)))
    shutil.rmtree(unfinished_at(place), ignore_errors=True)
    return Done(place.folder, True, result, manifest)


def put(result: object, drawing: Drawing, folder: Path, request: Request) -> list[str]:
    """A result with its pictures and data files, and how they were drawn; gives the names of what people open."""
    files = [*film(result, drawing, folder, request.on_step), *draw(result, drawing, folder), *keep(result, folder)]
    keep_result(result, drawing, folder)
    return files
