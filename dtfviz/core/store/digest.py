"""The fingerprints by which files, and the program itself, are known."""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

SOURCES = (".py", ".cu", ".toml")  # of the package: what decides how a result comes out


def hash_file(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def hash_package() -> str:
    """The sha256 of dtfviz's own source: a version says nothing of what was edited since."""
    return hash_tree(files("dtfviz"))


def hash_tree(folder: Traversable) -> str:
    """Of the sources below a folder, by name and content."""
    digest = hashlib.sha256()
    for name, content in sources_in(folder):
        digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()


def sources_in(folder: Traversable, path: str = "") -> Iterator[tuple[str, bytes]]:
    """Names from the folder on, and contents, in the order of names."""
    for part in sorted(folder.iterdir(), key=lambda part: part.name):
        if part.is_dir():
            yield from sources_in(part, f"{path}{part.name}/")
        elif part.name.endswith(SOURCES):
            yield f"{path}{part.name}", part.read_bytes()
