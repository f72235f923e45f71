"""How much a map changes with the weights, as a JSON document."""

from dataclasses import asdict
from pathlib import Path

from dtfviz.core.render.style.document import Document, write_document
from dtfviz.core.results.sanity import Sanity

UNITS = {
    "parts": "of the model, from the answer down: the weights of each are shuffled in turn, and stay so",
    "correlations": "Spearman's, from -1 to 1, of the map's values on the layer's grid with those of the map as it is; "
    "none where a map is the same everywhere",
}


def sanity_document(result: Sanity) -> Document:
    """All numbers."""
    return asdict(result) | {"correlations": result.known, "units": UNITS}


def write_sanity(result: Sanity, path: Path) -> None:
    write_document(sanity_document(result), path)
