"""Folders to write into before anything shows.

A lock tells that they are in use, and dies with its process: what a kill has left is known by that, whatever its age,
and goes with the next run there.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import BinaryIO

from dtfviz.core.errors import OutputError, Try

PREFIX = ".dtfviz-"  # of all that is ours and does not show
LOCK, WHOLE = "lock", "whole"


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """An empty folder below `parent`, on the same disk; it vanishes in the end with all that is still in it."""
    sweep(parent)
    folder: Path | None = None
    try:
        folder, lock = make_locked(parent)
        with lock:
            (folder / WHOLE).mkdir()
            yield folder / WHOLE
    finally:
        try:
            if folder is not None:
                remove(folder)
        finally:  # a signal meanwhile must not keep it, nor a folder that was not locked yet when one came
            sweep(parent)


def remove(folder: Path) -> None:
    """Its lock last: what is cut short goes the next time."""
    shutil.rmtree(folder / WHOLE, ignore_errors=True)
    with suppress(OSError):
        (folder / LOCK).unlink()
        folder.rmdir()


def make_locked(parent: Path) -> tuple[Path, BinaryIO]:
    """A new folder that nobody may sweep away."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        with suppress(FileNotFoundError):  # swept away before it was locked
            if lock := hold(folder / LOCK):
                return folder, lock


def hold(path: Path) -> BinaryIO | None:
    """The file, locked until it is closed or its process ends; None where another process has it."""
    file = path.open("ab")
    try:
        flock(file, LOCK_EX | LOCK_NB)
        is_held = os.fstat(file.fileno()).st_nlink > 0  # or it was removed meanwhile
    except BlockingIOError:
        is_held = False
    except OSError:
        is_held = True  # a disk without locks, as some clusters have: nothing can be told
    if is_held:
        return file
    file.close()
    return None


def sweep(parent: Path) -> None:
    """Remove what processes left that were killed."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):  # not empty: it has a lock, or is another kind of ours
            folder.rmdir()
        with suppress(OSError), (folder / LOCK).open("rb") as file:  # in use, not ours to touch, or gone already
            flock(file, LOCK_EX | LOCK_NB)
            remove(folder)


def count_left(root: Path) -> int:
    """Folders below, at any depth, that processes left that were killed."""
    found = 0
    for lock in root.rglob(f"{PREFIX}*/{LOCK}"):
        with suppress(OSError), lock.open("rb") as file:
            flock(file, LOCK_EX | LOCK_NB)
            found += 1
    return found


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write, which takes the place of `path`, or of what that links to, once it is whole and on the disk;
    until then what stood there stays.
    """
    target = path.resolve()
    try:
        with scratch(target.parent) as folder:
            partial = folder / target.name
            yield partial
            with partial.open("rb") as file:
                os.fsync(file.fileno())
            os.replace(partial, target)
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written", fact=error.strerror or str(error), hint=Try(("ls", "-ld", target.parent))
        ) from error
