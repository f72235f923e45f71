"""The temporal tests in the terminal: of one video, and the means of many."""

from rich.console import Group

from dtfviz.core.render.style.tables import Column, make_table, three
from dtfviz.core.results.temporal_tests import CHANGES, QUANTITIES, Effect, TemporalSurvey, TemporalTests

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
        title,
        COLUMNS,
        rows,
        width=width,
        notes=[*notes, *meaning(row.aim.label), *result.remarks, *noted(result.classes_note)],
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
    counts = f"{len(survey.rows)} videos" + (f", {len(survey.skipped)} could not be analysed" if survey.skipped else "")
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
