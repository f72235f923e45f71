"""Receptive fields as JSON documents."""

from math import isnan
from pathlib import Path

from dtfviz.core.render.style.document import Document, write_document
from dtfviz.core.results.reach import LayerSpans, Reach, Span


def reach_document(reach: Reach) -> Document:
    """What a position sees, and what every layer could."""
    step, row, col = reach.position
    has_seconds = not isnan(reach.spacing)
    return {
        "layer": reach.layer,
        "position": {"step": step, "row": row, "column": col},
        "grid": reach.grid,
        "clips": {"kind": reach.clips, "count": reach.count, "seed": reach.seed},
        "reached_frames": reach.reached,
        "profile": reach.profile.tolist(),
        "profile_error": reach.profile_error.tolist() if reach.count > 1 else None,
        "areas_px": {f"{share:g}": area for share, area in reach.areas.items()},
        "durations_frames": {f"{share:g}": frames for share, frames in reach.durations.items()},
        "durations_s": {f"{share:g}": frames * abs(reach.spacing) for share, frames in reach.durations.items()}
        if has_seconds
        else None,
        "theory": {layer.name: theory_document(layer) for layer in reach.theory.layers},
        "remarks": reach.remarks,
    }


def theory_document(layer: LayerSpans) -> Document:
    """A layer's spans, by axis."""
    return {name: span_document(span) for name, span in zip(("time", "rows", "columns"), layer.spans, strict=True)}


def span_document(span: Span) -> Document:
    """One span."""
    if span.unknown:
        return {"unknown": span.unknown}
    if span.is_global:
        return {"global": span.maker}
    sizes = {} if span.is_even else {"sizes": [int(span.sizes.min()), int(span.sizes.max())]}
    return {"size": span.size, "stride": span.stride, "offset": span.offset} | sizes


def write_reach(result: Reach, path: Path) -> None:
    write_document(reach_document(result), path)
