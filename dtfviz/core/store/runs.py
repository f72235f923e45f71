"""Output folders: one a run, named by what it holds, written whole or not at all, never silently overwritten.

A run is known by its key, the hash of everything that its outputs depend on. The manifest holds the key and is written
last, so a folder with a manifest is complete.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dtfviz.core.errors import OutputError, Use
from dtfviz.core.store.digest import hash_package

ROOT = Path("dtfviz-out")
MANIFEST = "manifest.json"
SCHEMA = 2  # of a folder; in those of schema 1 no result was kept


Facts = dict[str, Any]  # what a manifest says, as JSON holds it


@dataclass(frozen=True)
class Place:
    """The folder of a run, and whether the run is there already."""

    folder: Path
    key: str
    is_up_to_date: bool  # it already holds this very run


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
        if held == key:
            return Place(folder, key, not overwrite)
        is_free = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
        if is_free or (held and overwrite):
            check_writable(folder)
            return Place(folder, key, False)
    folder = candidates[-1]
    if read_key(folder):
        raise OutputError(
            f"{folder}: holds another run", fact="its manifest names other inputs or options", hint=Use("overwrite")
        )
    raise OutputError(
        f"{folder}: is not a folder of ours",
        fact="it holds files and no manifest of dtfviz",
        hint=Use("out", f"{folder}-new"),
    )


def named(folder: Path) -> Path:
    """With a name of its own, beside which something can be put: `.` has none."""
    return folder if folder.name not in ("", "..") else folder.resolve()


def check_writable(folder: Path) -> None:
    """An error for a folder that could not be written, before anything is worked out for it."""
    there = next(parent for parent in named(folder).parents if parent.exists())
    try:
        with tempfile.TemporaryDirectory(prefix=".dtfviz-", dir=there):
            pass
    except OSError as error:
        raise not_writable(folder, error) from error


def read_key(folder: Path, name: str = MANIFEST) -> str | None:
    """The key of the run that a folder holds, if it is one of ours."""
    try:
        manifest = json.loads((folder / name).read_text(encoding="utf-8"))
        return str(manifest["key"]) if manifest["program"] == "dtfviz" else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def writing(place: Place, manifest: Facts) -> Iterator[Path]:
    """A temporary folder to write into; it becomes the place when everything went well, and vanishes otherwise."""
    try:
        place.folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{place.folder.name}-", dir=place.folder.parent))
    except OSError as error:
        raise not_writable(place.folder, error) from error
    try:
        yield partial
        (partial / MANIFEST).write_text(as_text(place.key, manifest), encoding="utf-8")
        partial.chmod(0o755)
        move_into_place(partial, place.folder)
    except OSError as error:
        raise not_writable(place.folder, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def as_text(key: str, facts: Facts) -> str:
    """What a file must hold for `read_key` to know its folder as ours."""
    whole = {"program": "dtfviz", "schema": SCHEMA, "key": key} | dict(facts)
    return json.dumps(whole, indent=2, default=str, allow_nan=False) + "\n"


def move_into_place(partial: Path, folder: Path) -> None:
    """What stood there (a run of ours, or an empty folder) is replaced only once the new one is complete."""
    if not folder.exists():
        os.replace(partial, folder)
        return
    if folder.samefile(Path.cwd()):
        refill(folder, partial)
        return
    aside = folder.with_name(f".{folder.name}-old-{os.getpid()}")
    os.replace(folder, aside)
    os.replace(partial, folder)
    shutil.rmtree(aside, ignore_errors=True)


def refill(folder: Path, partial: Path) -> None:
    """Whoever stands in a folder would lose it if it were replaced: its content is. The manifest goes first and comes
    last.
    """
    for old in sorted(folder.iterdir(), key=lambda path: path.name != MANIFEST):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    for new in sorted(partial.iterdir(), key=lambda path: path.name == MANIFEST):
        os.replace(new, folder / new.name)


def unfinished_at(place: Place) -> Path:
    """Where a long run keeps what is done of it, beside the folder that it will fill: known by the key, so that only
    the same run goes on with it.
    """
    return place.folder.with_name(f".{place.folder.name}-{place.key[:12]}")


class Ledger:
    """What is finished of a run over many videos: a stopped run goes on behind it."""

    def __init__(self, place: Place) -> None:
        self.path = unfinished_at(place) / "rows.jsonl"
        self.rows: Facts = {line["name"]: line["row"] for line in read_lines(self.path)}

    def add(self, name: str, row: Facts) -> None:
        """On a line of its own, even after one that was cut short."""
        self.rows[name] = row
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write("\n" + json.dumps({"name": name, "row": row}))
        except OSError as error:
            raise not_writable(self.path, error) from error


def read_lines(path: Path) -> Iterator[Facts]:
    """A line that a kill has cut short is no line."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def not_writable(folder: Path, error: OSError) -> OutputError:
    """The error for a folder that cannot be written."""
    return OutputError(
        f"{folder}: cannot be written", fact=error.strerror or str(error), hint=Use("out", "another-folder")
    )
