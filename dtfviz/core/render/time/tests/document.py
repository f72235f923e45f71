"""The temporal tests as JSON documents."""

from dataclasses import asdict
from pathlib import Path

from dtfviz.core.render.style.document import Document, write_document
from dtfviz.core.results.temporal_tests import CHANGES, QUANTITIES, Effect, Row, TemporalSurvey, TemporalTests

UNITS = {
    "kl": "nats: KL(f(x) || f(changed)); 0 where the logits agree within 2^-16 of the largest, which is rounding",
    "flips": "whether another class comes first; of several tries their share",
    "log_change": "nats: of the top class's log-probability, negative where it became less probable",
    "weights": "1 - exp(-max(0, cross-entropy of the changed clip less that of the clip)), of the class `aim`",
    "sd": "over seeded shuffles",
}
LABELS = UNITS | {"kl": f"{UNITS['kl']}; labels do not exclude each other: the sum over them of KL(p, 1 - p || ...)"}


def units_of(activation: str) -> Document:
    """What the numbers are in, of classes that exclude each other or of labels that do not."""
    return LABELS if activation == "sigmoid" else UNITS


def effect_document(effect: Effect) -> Document:
    """Every try, with means and standard deviations; `Effect.read` understands it."""
    means = {quantity: effect.mean(quantity) for quantity in QUANTITIES}
    spreads = {quantity: effect.spread(quantity) for quantity in QUANTITIES}
    return asdict(effect) | {"weights": effect.weights, "from": CHANGES[effect.change], "mean": means, "sd": spreads}


def row_document(row: Row) -> Document:
    """All numbers of one video."""
    return asdict(row) | {"effects": [effect_document(effect) for effect in row.effects]}


def temporal_document(result: TemporalTests) -> Document:
    """One video, with its model and clip."""
    head = {
        "model": result.model,
        "trust": result.trust,
        "classes_note": result.classes_note,
        "kernel": result.implementation,
        "remarks": result.remarks,
    }
    clip = {"indices": result.clip.indices, "times": result.clip.times, "crop": result.clip.crop}
    return head | {"seed": result.seed, "clip": clip, "units": units_of(result.activation)} | row_document(result.row)


def survey_document(survey: TemporalSurvey) -> Document:
    """`TemporalSurvey.read` understands it."""
    head = {"model": survey.model, "trust": survey.trust, "classes_note": survey.classes_note, "source": survey.source}
    means = {
        change: {quantity: asdict(survey.interval(change, quantity)) for quantity in QUANTITIES} for change in CHANGES
    }
    return head | {
        "seed": survey.seed,
        "units": units_of(survey.activation)
        | {"low, high": "95 % confidence interval of the mean over videos, by bootstrap"},
        "means": means,
        "skipped": survey.skipped,
        "rows": [row_document(row) for row in survey.rows],
    }


def write_temporal(result: TemporalTests, path: Path) -> None:
    write_document(temporal_document(result), path)


def write_survey(survey: TemporalSurvey, path: Path) -> None:
    write_document(survey_document(survey), path)
