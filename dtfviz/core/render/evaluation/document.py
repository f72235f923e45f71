"""An evaluation as JSON."""

from dataclasses import asdict
from pathlib import Path

import numpy as np

from dtfviz.core.render.style.document import Document, write_document
from dtfviz.core.results.evaluation import Evaluation, Proportion, Protocol

EVALUATED = {
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


def evaluation_document(found: Evaluation) -> Document:
    """All but scores and confusion, as plain values."""
    changed, overall = found.backwards or (None, None)
    counts = np.bincount(found.labels, minlength=found.num_classes).tolist()
    names = found.classes or [None] * found.num_classes
    accuracies = found.class_accuracies.tolist()
    return {
        "model": found.model,
        "trust": found.trust,
        "data": found.data,
        "protocol": protocol_facts(found.protocol),
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
        "conventions": {"scores": f"{found.activation}, averaged over the views of an item"} | EVALUATED,
    }


def protocol_facts(protocol: Protocol) -> Document:
    """What was shown; of time only where the model answers over it."""
    facts = asdict(protocol)
    return facts if protocol.pooled else {name: value for name, value in facts.items() if name != "pooled"}


def share_facts(share: Proportion | None) -> Document | None:
    """A share with its interval."""
    return None if share is None else {"value": share.value, "interval": list(share.interval), "items": share.clips}


def write_evaluation(found: Evaluation, path: Path) -> None:
    write_document(evaluation_document(found), path)
