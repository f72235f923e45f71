"""How much each frame counts, as a JSON document."""

from dataclasses import asdict
from pathlib import Path

from dtfviz.core.render.style.document import Document, write_document
from dtfviz.core.render.time.importance.energy import energy_of_frames
from dtfviz.core.results.importance import Importance
from dtfviz.core.results.places import UNIT

UNITS = {
    "held": "nats: drop of the target's log-probability with the frame replaced by the one before it, the first by "
    "the second",
    "blurred": "nats: the same with the frame blurred",
    "cells": UNIT,
    "occlusion": "nats: the same with one cell of the clip blurred, a list in time of lists down of lists across",
    "energy": "of the class activation map, summed over positions, at each frame",
}


def importance_document(result: Importance) -> Document:
    """All numbers."""
    energy, cam, clip = energy_of_frames(result), result.cam, result.clip
    return {
        "model": result.model,
        "trust": result.trust,
        "classes_note": result.classes_note,
        "kernel": result.implementation,
        "video": str(clip.video.path),
        "clip": {"indices": clip.indices, "times": clip.times, "crop": clip.crop},
        "target": asdict(result.target),
        "remarks": result.remarks,
        "units": UNITS,
        "held": result.held.tolist(),
        "blurred": result.blurred.tolist(),
        "occlusion": None if result.occlusion is None else result.occlusion.drops.tolist(),
        "energy": None if energy is None else energy.tolist(),
        "map": None
        if cam is None
        else {"layer": cam.layer, "method": cam.method, "remarks": cam.remarks, "cells": cam.cells.facts},
    }


def write_importance(result: Importance, path: Path) -> None:
    write_document(importance_document(result), path)
