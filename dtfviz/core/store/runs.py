"""Output folders: one a run, named by what it holds, written whole or not at all, never silently overwritten.

A run is known by its key, the hash of everything that its outputs depend on. The manifest holds the key and is written
last, so a folder with a manifest that names one is complete.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any

from dtfviz.core.errors import OutputError, Use
from dtfviz.core.store.digest import hash_package
from dtfviz.core.store.folders import check_writable, fill, is_free, names_in, not_writable, opened
from dtfviz.core.store.scratch import PREFIX, scratch, sweep

ROOT = Path("dtfviz-out")
MANIFEST = "manifest.json"
BEGUN = "training.json"  # of a training that is not finished
CUT_OFF = ""  # the key where a run was killed while its files were put in place
SCHEMA = 2  # of a folder; in those of schema 1 no result was kept


Facts = dict[str, Any]  # what a manifest says, as JSON holds it


@dataclass(frozen=True)
class Place:
    """The folder of a run, and whether the run is there already."""

    folder: Path
    key: str
    is_up_to_date: bool  # it already holds this very run
    replaces: str | None = None  # the key of the run that it held when it was chosen


def key_of(inputs: Facts) -> str:
    """The hash of a run's inputs and of the program: after an edit nothing is up to date that would come out anew."""
    inputs = {**inputs, "program": hash_package()}
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()


def find_place(command: str, stem: str, inputs: Facts, *, out: str | None = None, overwrite: bool = False) -> Place:
    """Where a run belongs: dtfviz-out/<stem>/<command>, or what `out` says."""
    key = key_of({**inputs, "command": command})
    return settle(ROOT / stem / command, key, out=out, overwrite=overwrite)


def settle(usual: Path, key: str, *, out: str | None = None, overwrite: bool = False) -> Place:
    """The usual folder, a sibling with a short hash if that is taken, or what `out` says."""
    candidates = [named(Path(out))] if out else [usual, usual.with_name(f"{usual.name}-{key[:8]}")]
    for folder in candidates:
        held = read_key(folder)
        if held == key and not overwrite:
            sweep(folder)  # a run that was ended as it left has nothing to do again, but may have left something
            return Place(folder, key, True, held)
        if is_open(folder, held, overwrite=overwrite):
            check_writable(folder)
            return Place(folder, key, False, held)
    refuse_others(candidates[-1])
    raise taken(candidates[-1])


def named(folder: Path) -> Path:
    """With a name of its own, beside which another can be offered: `.` has none."""
    return folder if folder.name not in ("", "..") else folder.resolve()


def is_open(folder: Path, held: str | None, *, overwrite: bool) -> bool:
    """Whether a run may go there: in place of nothing, of one that was cut off, or of one that may be replaced."""
    if held is None:
        return is_free(folder)
    return held == CUT_OFF or (overwrite and read_written(folder) is not None)


def refuse_others(folder: Path) -> None:
    """An error for a folder that holds files and none of ours."""
    if is_free(folder) or any(read_key(folder, name) is not None for name in (MANIFEST, BEGUN)):
        return
    damaged = [name for name in (MANIFEST, BEGUN) if (folder / name).exists()]
    raise OutputError(
        f"{folder}: is not a folder of ours",
        fact=f"its {damaged[0]} cannot be read as ours" if damaged else "it holds files and no manifest of dtfviz",
        hint=Use("out", f"{folder}-new"),
    )


def taken(folder: Path) -> OutputError:
    """The error for a folder that holds another run."""
    if read_written(folder) is None:
        fact, hint = "it does not say which of its files are ours, so none are replaced", Use("out", f"{folder}-new")
    else:
        fact, hint = "its files would go for this one's, those that dtfviz did not write would stay", Use("overwrite")
    return OutputError(f"{folder}: holds another run", fact=fact, hint=hint)


def read_key(folder: Path, name: str = MANIFEST) -> str | None:
    """The key of the run that a folder holds, if it is one of ours."""
    manifest = read_marks(folder / name)
    return str(manifest["key"]) if "key" in manifest else None


def read_written(folder: Path) -> list[str] | None:
    """The files that dtfviz put there, if its manifest says so."""
    written = read_marks(folder / MANIFEST).get("written")
    if not isinstance(written, list):
        return None
    return [name for name in written if isinstance(name, str) and "\0" not in name]


def read_marks(path: Path) -> Facts:
    """What a manifest says; nothing where it is none of ours."""
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and found.get("program") == "dtfviz" else {}


@contextmanager
def writing(place: Place, manifest: Facts) -> Iterator[Path]:
    """A temporary folder to write into; its files become the place's when everything went well, and vanish
    otherwise.
    """
    try:
        with opened(place.folder), scratch(place.folder) as whole:
            yield whole
            put(place, whole, manifest)
    except OSError as error:
        raise not_writable(place.folder, error) from error


def put(place: Place, whole: Path, manifest: Facts) -> None:
    """The files of a run into its folder, whose manifest is that of a run that was cut off while they come and go."""
    folder = place.folder
    if read_key(folder) not in (place.replaces, place.key):
        raise OutputError(
            f"{folder}: another run was written there meanwhile",
            fact="this one would replace it",
            hint=Use("out", f"{folder}-{place.key[:8]}"),
        )
    names, before = names_in(whole), read_written(folder) or []
    swap(whole, folder, as_text(CUT_OFF, {"written": sorted({*names, *before})}))
    fill(folder, whole, names, before)
    swap(whole, folder, as_text(place.key, manifest | {"written": names}))


def swap(whole: Path, folder: Path, text: str) -> None:
    """One manifest for another, at once."""
    (whole / MANIFEST).write_text(text, encoding="utf-8")
    os.replace(whole / MANIFEST, folder / MANIFEST)


def as_text(key: str, facts: Facts) -> str:
    """What a file must hold for `read_key` to know its folder as ours."""
    whole = {"program": "dtfviz", "schema": SCHEMA, "key": key} | dict(facts)
    return json.dumps(whole, indent=2, default=str, allow_nan=False) + "\n"


def unfinished_at(place: Place) -> Path:
    """Where a long run keeps what is done of it, in the folder that it will fill: known by the key, so that only the
    same run goes on with it.
    """
    return place.folder / f"{PREFIX}unfinished-{place.key[:12]}"


class Ledger:
    """What is finished of a run over many videos: a stopped run goes on behind it."""

    def __init__(self, place: Place) -> None:
        self.path = unfinished_at(place) / "rows.jsonl"
        self.rows: Facts = {line["name"]: line["row"] for line in read_lines(self.path, name=str, row=dict)}

    def add(self, name: str, row: Facts) -> None:
        """On a line of its own, even after one that was cut short."""
        self.rows[name] = row
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write("\n" + json.dumps({"name": name, "row": row}))
        except OSError as error:
            raise not_writable(self.path, error) from error


def read_lines(path: Path, **kinds: type | UnionType) -> Iterator[Facts]:
    """The lines that hold fields of these kinds: one that a kill has cut short, or that was damaged, is no line."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and all(isinstance(found.get(name), kind) for name, kind in kinds.items()):
            yield found
