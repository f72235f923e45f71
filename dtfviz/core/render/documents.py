"""Results as JSON documents: what `--json` prints and what is saved as .json."""

import json
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import Any

from dtfviz.core.models import MODELS
from dtfviz.core.published import explain_difference, published_for, read_published
from dtfviz.core.results.cost import Cost
from dtfviz.core.results.predictions import Predictions
from dtfviz.core.results.reach import LayerSpans, Reach, Span


def prediction_document(result: Predictions) -> dict[str, Any]:
    top = [{"class": guess.index, "label": guess.label, "probability": guess.probability} for guess in result.top]
    return asdict(result) | {"top": top}


def cost_document(cost: Cost, views: tuple[int, int] = (1, 1), *, is_plain: bool = True) -> dict[str, Any]:
    """One clip's cost by module and operator; `views` are the clips and crops of an evaluation, a plain model has no changed blocks."""
    whole, (clips, crops) = cost.whole, views
    return {
        "model": cost.model,
        "frames": cost.clip[2],
        "size": cost.clip[3],
        "params": asdict(cost.params),
        "macs": {"paper": whole.paper, "real": whole.real},
        "flops": whole.flops,
        "activation_bytes": whole.activations,
        "views": {"clips": clips, "crops": crops, "macs_paper": whole.paper * clips * crops, "flops": whole.flops * clips * crops},
        "by_module": [asdict(row) | {"flops": row.flops} for row in cost.by_module],
        "by_operator": {row.name: {"macs": row.once, "macs_real": row.real, "in_paper": row.in_paper} for row in cost.by_operator},
        "uncounted": [asdict(row) for row in cost.uncounted],
        "published": published_document(cost) if is_plain else None,
    }


def published_document(cost: Cost) -> dict[str, Any] | None:
    """What the paper reports of this model at this size, where it does."""
    row, entry = published_for(cost.model, cost.clip[2]), MODELS.get(cost.model)
    if row is None or row.gflops is None or entry is None or cost.clip[3] != entry.cost_size:
        return None
    return {
        "gflops": row.gflops,
        "views": row.views,
        "remark": explain_difference(row.gflops, cost.ways),
        "source": read_published()[0],
    }


def reach_document(reach: Reach) -> dict[str, Any]:
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
        "durations_s": {f"{share:g}": frames * abs(reach.spacing) for share, frames in reach.durations.items()} if has_seconds else None,
        "theory": {layer.name: theory_document(layer) for layer in reach.theory.layers},
        "remarks": reach.remarks,
    }


def theory_document(layer: LayerSpans) -> dict[str, Any]:
    return {name: span_document(span) for name, span in zip(("time", "rows", "columns"), layer.spans, strict=True)}


def span_document(span: Span) -> dict[str, Any]:
    if span.unknown:
        return {"unknown": span.unknown}
    if span.is_global:
        return {"global": span.maker}
    sizes = {} if span.is_even else {"sizes": [int(span.sizes.min()), int(span.sizes.max())]}
    return {"size": span.size, "stride": span.stride, "offset": span.offset} | sizes


def write_reach(result: Reach, path: Path) -> None:
    write_document(reach_document(result), path)


def write_predictions(result: Predictions, path: Path) -> None:
    write_document(prediction_document(result), path)


def write_cost(cost: Cost, path: Path) -> None:
    write_document(cost_document(cost), path)


def write_document(document: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
