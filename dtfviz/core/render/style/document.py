"""Results as JSON: what `--json` prints and what is saved as .json."""

import json
from pathlib import Path
from typing import Any

Document = dict[str, Any]  # what JSON holds


def write_document(document: Document, path: Path) -> None:
    path.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
