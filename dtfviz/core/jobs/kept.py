"""What the folder of a finished run keeps: its result and how it was drawn. No torch, so that it can be drawn again."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from dtfviz.core.errors import Hint, InputError, Use
from dtfviz.core.render.drawing import Drawing
from dtfviz.core.render.kinds import DRAWINGS, RESULTS
from dtfviz.core.results.io import fetch, store
from dtfviz.core.store.runs import MANIFEST, Facts, read_marks

R = TypeVar("R")
KEPT, DRAWING = "result", "drawing"  # the folder of a result, and what lies in it beside


@dataclass(frozen=True)
class Done(Generic[R]):
    """A run whose folder is complete."""

    folder: Path
    is_new: bool  # whether anything had to be done
    result: R
    manifest: Facts

    def said(self, *names: str) -> Facts:
        """Some of what its manifest says; an error where that is damaged."""
        return pick(self.manifest, self.folder, names)


def pick(manifest: Facts, folder: Path, names: Iterable[str]) -> Facts:
    """Some of what the manifest of a folder says; an error where it lacks any."""
    lacking = [name for name in names if name not in manifest]
    if lacking:
        raise InputError(f"{folder / MANIFEST}: says no {lacking[0]}", fact="it is damaged", hint=Use("overwrite"))
    return {name: manifest[name] for name in names}


@contextmanager
def mended_by(hint: Hint) -> Iterator[None]:
    """What is damaged of a finished run is an error with a way out."""
    try:
        yield
    except InputError as error:
        raise InputError(error.message, fact=error.fact, hint=hint) from error


def keep_result(result: object, drawing: Drawing, folder: Path) -> None:
    """What a run can be drawn from again, in a folder of its own: people open what lies beside it."""
    kept = folder / KEPT
    kept.mkdir(exist_ok=True)
    store(result, kept)
    store(drawing, kept, DRAWING)


def read_done(folder: Path) -> Done[Any]:
    """A run that was finished before; an error where something was taken from it."""
    manifest = read_manifest(folder)
    with mended_by(Use("overwrite")):
        missing = [name for name in listed(manifest) if not (folder / name).exists()]
        if missing:
            raise InputError(f"{folder / missing[0]}: is missing", fact=f"{folder / MANIFEST} lists it")
        return Done(folder, False, read_result(folder), manifest)


def listed(manifest: Facts) -> list[str]:
    """The files that a manifest lists: all that were written, or those of a training."""
    names = manifest.get("written", manifest.get("files"))
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def read_result(folder: Path) -> Any:
    """What a finished run found."""
    return fetch(folder / KEPT, RESULTS)


def read_drawing(folder: Path) -> Drawing:
    """How a finished run was drawn."""
    found: Drawing = fetch(folder / KEPT, DRAWINGS, DRAWING)
    return found


def read_manifest(folder: Path) -> Facts:
    """What a finished run says of itself."""
    return read_marks(folder / MANIFEST)
