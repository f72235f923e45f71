"""Files that others made, looked at before they are read: a pipe, a socket or a device may have no end, and gives its
bytes but once.
"""

import os
import stat
from pathlib import Path

from dtfviz.core.errors import InputError, Try

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def check_file(path: Path, what: str, error: type[InputError] = InputError) -> None:
    """An error at once for what is no regular file, or does not let itself be read; `what` it was to be."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            with path.open("rb") as file:
                file.read(1)
            return
    except (OSError, ValueError) as refusal:
        raise not_opened(path, refusal, error) from refusal
    kind = KINDS.get(stat.S_IFMT(mode), "no regular file")
    raise error(f"{path}: is {kind}", fact=f"{what} is a regular file", hint=Try(("ls", "-ld", path)))


def read_text(path: Path, what: str) -> str:
    """What a regular file says, in UTF-8."""
    check_file(path, what)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as refusal:
        raise InputError(
            f"{path}: cannot be read as {what}", fact=reason_of(refusal), hint=Try(("ls", "-l", path))
        ) from refusal


def list_folder(path: Path, error: type[InputError] = InputError) -> list[Path]:
    """What lies in a folder, in no order."""
    try:
        return list(path.iterdir())
    except (OSError, ValueError) as refusal:
        raise not_opened(path, refusal, error) from refusal


def stamp_of(path: Path) -> tuple[int, int]:
    """Its length and time of change, by which a file is told from an earlier one; zeros where there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):  # whoever reads it says so
        return 0, 0
    return found.st_size, found.st_mtime_ns


def not_opened(path: Path, refusal: OSError | ValueError, error: type[InputError]) -> InputError:
    """The error for what the system does not let us open."""
    return error(f"{path}: cannot be opened", fact=reason_of(refusal), hint=Try(("ls", "-ld", path)))


def reason_of(refusal: OSError | ValueError) -> str:
    """Why, in a few words; of a name that no file can have (a ValueError), Python's own."""
    return getattr(refusal, "strerror", None) or str(refusal)
