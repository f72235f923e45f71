"""Folders that are filled: links are followed, a mount point or the working folder is filled where it stands, and
nothing is replaced that is not ours.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Set
from contextlib import contextmanager, suppress
from pathlib import Path

from dtfviz.core.errors import OutputError, Try, Use
from dtfviz.core.store.scratch import LOCK, PREFIX, hold, scratch


def is_free(folder: Path) -> bool:
    """Whether no file stands in it but what does not show and is ours."""
    try:
        return not folder.is_dir() or all(entry.name.startswith(PREFIX) for entry in folder.iterdir())
    except OSError as error:
        raise not_writable(folder, error) from error


def check_writable(folder: Path) -> None:
    """An error for a folder that could not be made or written, before anything is worked out for it."""
    try:
        there = next(one for one in (folder, *folder.absolute().parents) if os.path.lexists(one))
        if there.is_symlink() and not there.exists():
            raise dangling(there)
        if not there.is_dir():
            raise OutputError(
                f"{folder}: cannot be written", fact=f"{there} is no folder", hint=Use("out", f"{there}-new")
            )
        with scratch(there):
            pass
    except OSError as error:
        raise not_writable(folder, error) from error


def check_writable_file(path: Path) -> None:
    """The same for a file in a folder that must be there."""
    try:
        with scratch(path.resolve().parent):
            pass
    except OSError as error:
        raise not_writable(path, error) from error


def dangling(link: Path) -> OutputError:
    """The error for a link to what is not there, such as a disk that is not mounted."""
    target = link.parent / link.readlink()
    return OutputError(
        f"{link}: is a link to nothing", fact=f"{target} does not exist", hint=Try(("mkdir", "-p", target))
    )


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """The folder is there; where it was made and nothing came of it, it goes again."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        if is_new:
            with suppress(OSError):
                folder.rmdir()


@contextmanager
def held_alone(folder: Path) -> Iterator[None]:
    """The folder is there, and this process's alone until the end."""
    path = folder / f"{PREFIX}{LOCK}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = hold(path)
    except OSError as error:
        raise not_writable(folder, error) from error
    if lock is None:
        raise OutputError(
            f"{folder}: another process is writing there",
            fact="two would write over each other",
            hint=Use("out", f"{folder}-new"),
        )
    with lock:
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def names_in(folder: Path) -> list[str]:
    """Of all files, from the folder on."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def fill(folder: Path, whole: Path, names: Collection[str], written: Iterable[str]) -> None:
    """Move files in, and what was written there before out: other files stay."""
    root = folder.resolve()
    ours = set(ours_in(root, written))
    refuse_others(root, names, ours)
    for path in ours - {root / name for name in names}:
        path.unlink()
        prune(path.parent, root)
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(whole / name, root / name)


def ours_in(root: Path, written: Iterable[str]) -> Iterator[Path]:
    """The files of those names that are still there: none that a link or a damaged list leads out of the folder to."""
    for name in written:
        path = root / name
        if path.parent.resolve().is_relative_to(root) and os.path.lexists(path) and not is_folder(path):
            yield path


def refuse_others(root: Path, names: Iterable[str], ours: Set[Path]) -> None:
    """An error where a file would take the place of one that is not ours."""
    for name in names:
        path = root / name
        for step in (path, *path.parents[: len(path.relative_to(root).parts) - 1]):
            if os.path.lexists(step) and step not in ours and (step == path or not is_folder(step)):
                raise OutputError(
                    f"{step}: stands where this run writes, and is not ours",
                    fact="nothing was replaced",
                    hint=Use("out", f"{root}-new"),
                )


def is_folder(path: Path) -> bool:
    """Whether it is one itself, not by a link."""
    return path.is_dir() and not path.is_symlink()


def prune(folder: Path, root: Path) -> None:
    """Remove a folder that has become empty, and those around it."""
    with suppress(OSError):  # it holds something
        while folder != root:
            folder.rmdir()
            folder = folder.parent


def not_writable(folder: Path, error: OSError) -> OutputError:
    """The error for a folder that cannot be written."""
    return OutputError(
        f"{folder}: cannot be written", fact=error.strerror or str(error), hint=Use("out", "another-folder")
    )
