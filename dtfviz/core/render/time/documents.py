"""The temporal tests as JSON documents, a CSV and a table."""

import csv
from dataclasses import asdict
from pathlib import Path

from rich.console import Group

from dtfviz.core.render.style.document import Document, write_document
from dtfviz.core.render.style.figures import save_figure
from dtfviz.core.render.style.tables import Column, make_table, three
from dtfviz.core.render.time.sheet import temporal_sheet
from dtfviz.core.render.time.survey import temporal_survey
from dtfviz.core.results.temporal_tests import CHANGES, QUANTITIES, Effect, Row, TemporalSurvey, TemporalTests

UNITS = {
    "kl": "nats: KL(f(x) || f(changed)); 0 where the logits agree within 2^-16 of the largest, which is rounding",
    "flips": "whether another class comes first; of several tries their share",
    "log_change": "nats: of the top class's log-probability, negative where it became less probable",
    "weights": "1 - exp(-max(0, cross-entropy of the changed clip less that of the clip)), of the class `aim`",
    "sd": "over seeded shuffles",
}


# --- documents --------------------------------------------------------------------------------------------------------
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
    }
    clip = {"indices": result.clip.indices, "times": result.clip.times, "crop": result.clip.crop}
    return head | {"seed": result.seed, "clip": clip, "units": UNITS} | row_document(result.row)


def survey_document(survey: TemporalSurvey) -> Document:
    """`TemporalSurvey.read` understands it."""
    head = {"model": survey.model, "trust": survey.trust, "classes_note": survey.classes_note, "source": survey.source}
    means = {
        change: {quantity: asdict(survey.interval(change, quantity)) for quantity in QUANTITIES} for change in CHANGES
    }
    return head | {
        "seed": survey.seed,
        "units": UNITS | {"low, high": "95 % confidence interval of the mean over videos, by bootstrap"},
        "means": means,
        "skipped": survey.skipped,
        "rows": [row_document(row) for row in survey.rows],
    }


def write_csv(survey: TemporalSurvey, path: Path) -> None:
    """A row a video: every quantity of every change, with the shuffles' standard deviation; what could not be read
    comes last.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = [flat(row) | {"model": survey.model, "trust": survey.trust} for row in survey.rows]
        writer = csv.DictWriter(file, [*lines[0], "error"])
        writer.writeheader()
        writer.writerows(lines)
        writer.writerows({"video": video, "error": reason} for video, reason in survey.skipped)


def flat(row: Row) -> Document:
    """One video as a row of cells."""
    cells: Document = {
        "video": row.video,
        "top": row.top.label,
        "probability": row.top.probability,
        "aim": row.aim.label,
    }
    for effect in row.effects:
        for quantity in QUANTITIES:
            cells[f"{effect.change}_{quantity}"] = effect.mean(quantity)
            if len(effect.kl) > 1:
                cells[f"{effect.change}_{quantity}_sd"] = effect.spread(quantity)
    return cells


# --- tables -----------------------------------------------------------------------------------------------------------
COLUMNS = (
    Column("change", is_text=True),
    Column("divergence", "nats"),
    Column("flips"),
    Column("log p", "nats"),
    Column("weight"),
)


def temporal_table(result: TemporalTests, width: int) -> Group:
    """A row a change."""
    row = result.row
    rows = [
        [
            starred(effect.change),
            with_spread(effect, "kl"),
            share(effect),
            with_spread(effect, "log_change"),
            with_spread(effect, "weights"),
        ]
        for effect in row.effects
    ]
    frames, seed = len(result.clip.indices), result.seed
    notes = [f"{result.model}, {result.trust}; {frames} frames; ± sd of shuffles from seed {seed}"]
    title = f"{row.video}: {row.top.label} {row.top.probability:.3f}"
    return make_table(
        title, COLUMNS, rows, width=width, notes=[*notes, *meaning(row.aim.label), *noted(result.classes_note)]
    )


def survey_table(survey: TemporalSurvey, width: int) -> Group:
    """Means over the videos."""
    rows = []
    for change in CHANGES:
        found = [survey.interval(change, quantity) for quantity in QUANTITIES]
        kl = found[0]
        between = "" if kl.low is None or kl.high is None else f"{three(kl.low)} to {three(kl.high)}"
        means = [three(found[0].mean), f"{found[1].mean:.0%}", three(found[2].mean), three(found[3].mean)]
        rows.append([starred(change), *means, between])
    counts = f"{len(survey.rows)} videos" + (f", {len(survey.skipped)} could not be read" if survey.skipped else "")
    notes = [f"{survey.model}, {survey.trust}; {counts}; seed {survey.seed}", *meaning("the top or known class")]
    columns = [*COLUMNS, Column("95 % of divergence", "nats")]
    return make_table(
        f"{survey.source}: means", columns, rows, width=width, notes=[*notes, *noted(survey.classes_note)]
    )


def meaning(aim: str) -> list[str]:
    """What the numbers are."""
    return [
        "divergence: KL(f(x) || f(changed)); log p: change of the top class's",
        f"weight: 1 - exp(-max(0, extra cross-entropy of {aim}))",
        "after Li and Vasconcelos 2022; *: our additions",
    ]


def noted(classes_note: str) -> list[str]:
    """What must be said of the classes' names."""
    return [f"class names: {classes_note}"] if classes_note else []


def starred(change: str) -> str:
    """Our own changes are marked."""
    return change + ("*" if CHANGES[change] == "ours" else "")


def share(effect: Effect) -> str:
    """How many tries another class came first in."""
    return f"{sum(effect.flips)} of {len(effect.flips)}"


def with_spread(effect: Effect, quantity: str) -> str:
    """A mean with its standard deviation."""
    spread = effect.spread(quantity)
    return three(effect.mean(quantity)) + (f" ± {three(spread)}" if spread is not None else "")


# --- files ------------------------------------------------------------------------------------------------------------
def write_sheet(result: TemporalTests, path: Path) -> None:
    save_figure(temporal_sheet(result), path)


def write_temporal(result: TemporalTests, path: Path) -> None:
    write_document(temporal_document(result), path)


def write_survey_figure(survey: TemporalSurvey, path: Path) -> None:
    save_figure(temporal_survey(survey), path)


def write_survey(survey: TemporalSurvey, path: Path) -> None:
    write_document(survey_document(survey), path)
