"""The fingerprint by which files are known."""

import hashlib
from pathlib import Path


def hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
