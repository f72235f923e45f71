"""Results as JSON documents, as they are printed and saved."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from dtfviz.core.models import MODELS
from dtfviz.core.published import explain_difference, published_for, read_published
from dtfviz.core.results.cost import Cost
from dtfviz.core.results.evaluation import Evaluation, Proportion
from dtfviz.core.results.predictions import Predictions


def prediction_document(result: Predictions) -> dict[str, Any]:
    top = [{"class": guess.index, "label": guess.label, "probability": guess.probability} for guess in result.top]
    return asdict(result) | {"top": top}


def cost_document(cost: Cost, views: tuple[int, int] = (1, 1), *, is_plain: bool = True) -> dict[str, Any]:
    """One clip's cost by module and operator; `views` are the clips and crops of an evaluation, a plain model has no
    changed blocks.
    """
    whole, (clips, crops) = cost.whole, views
    return {
        "model": cost.model,
        "frames": cost.clip[2],
        "size": cost.clip[3],
        "params": asdict(cost.params),
        "macs": {"paper": whole.paper, "real": whole.real},
        "flops": whole.flops,
        "activation_bytes": whole.activations,
        "views": {
            "clips": clips,
            "crops": crops,
            "macs_paper": whole.paper * clips * crops,
            "flops": whole.flops * clips * crops,
        },
        "by_module": [asdict(row) | {"flops": row.flops} for row in cost.by_module],
        "by_operator": {
            row.name: {"macs": row.once, "macs_real": row.real, "in_paper": row.in_paper} for row in cost.by_operator
        },
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


EVALUATED = {
    "scores": "softmax, averaged over the views of an item",
    "shares": "of the items that could be read; those that could not are counted in `failed`",
    "top5": "null where there are five classes or fewer",
    "mean_class_accuracy": "over the classes that have items",
    "interval": "Wilson, 95 %; of a mean over uneven classes with as many items as even ones would need to be as exact",
    "reversed": "null unless frames are reversed and classes are those of generated motion; `changed`: of the items "
    "whose class a "
    "reversal changes",
    "confusion": "confusion.json: items of the row's true class with the column's answer; of equal scores the first "
    "class is the answer",
}


def evaluation_document(found: Evaluation) -> dict[str, Any]:
    """All but scores and confusion, as plain values."""
    changed, overall = found.backwards or (None, None)
    counts = np.bincount(found.labels, minlength=found.num_classes).tolist()
    names = found.classes or [None] * found.num_classes
    accuracies = found.class_accuracies.tolist()
    return {
        "model": found.model,
        "trust": found.trust,
        "data": found.data,
        "protocol": asdict(found.protocol),
        "items": len(found.names) + len(found.failed),
        "read": len(found.names),
        "failed": [{"name": name, "reason": reason} for name, reason in found.failed],
        "top1": share_facts(found.top1),
        "top5": share_facts(found.top5),
        "mean_class_accuracy": share_facts(found.mean_class_accuracy),
        "reversed": {"changed": share_facts(changed), "all": share_facts(overall)} if changed else None,
        "classes": [
            {"index": index, "name": name, "items": count, "accuracy": accuracy if count else None}
            for index, (name, count, accuracy) in enumerate(zip(names, counts, accuracies, strict=True))
        ],
        "classes_note": found.classes_note,
        "conventions": EVALUATED,
    }


def share_facts(share: Proportion | None) -> dict[str, Any] | None:
    return None if share is None else {"value": share.value, "interval": list(share.interval), "items": share.clips}


def write_predictions(result: Predictions, path: Path) -> None:
    write_document(prediction_document(result), path)


def write_cost(cost: Cost, path: Path) -> None:
    write_document(cost_document(cost), path)


def write_evaluation(found: Evaluation, path: Path) -> None:
    write_document(evaluation_document(found), path)


def write_document(document: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
