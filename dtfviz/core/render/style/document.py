"""Results as JSON: what is printed for other programs, and what is saved as .json."""

import json
from pathlib import Path
from typing import Any

Document = dict[str, Any]  # what JSON holds


def write_document(document: Document, path: Path) -> None:
    """As a file."""
    path.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
