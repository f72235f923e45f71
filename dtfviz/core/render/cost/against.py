"""What other tools count beside our count, and why, in the terminal and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Group

from dtfviz.core.render.style.document import Document
from dtfviz.core.render.style.tables import Column, giga, make_line, make_table, three
from dtfviz.core.results.cost import EXACT_TYPE, ONE_POSITION, Cost, OtherCount, PartCount


def against_table(ours: Cost, others: Sequence[OtherCount], width: int) -> Group:
    """A row a tool, and beneath the table what explains each difference."""
    columns = [
        Column("counted by", is_text=True),
        Column("version", is_text=True),
        Column("MACs", "G"),
        Column("x ours"),
    ]
    rows = [["dtfviz, real", "", giga(ours.whole.real), "1"]]
    rows += [[one.tool, one.version or "-", *numbers(one, ours)] for one in others]
    table = make_table(f"{ours.model}, counted by others", columns, rows, width=width)
    return Group(table, *[make_line(line, "dim") for one in others for line in reasons(one)])


def numbers(one: OtherCount, ours: Cost) -> list[str]:
    """A dash where a tool has none."""
    if one.macs is None:
        return ["-", "-"]
    return [giga(one.macs), f"{one.macs / ours.whole.real:.3f}" if ours.whole.real else "-"]


def reasons(one: OtherCount) -> list[str]:
    """A line a difference, the largest first."""
    if one.problem:
        return [f"{one.tool}: {one.problem}"]
    return [f"{one.tool}: {explain(part)}" for part in one.parts] or [f"{one.tool}: within .1 % of ours in every part"]


def explain(part: PartCount) -> str:
    """A difference in words, with its GMACs."""
    difference = f"{'+' if part.theirs > part.ours else '-'}{giga(abs(part.theirs - part.ours))} G"
    return f"{difference}: {of_modules(part) if part.name else of_operators(part)}"


def of_modules(part: PartCount) -> str:
    """Modules of one class."""
    modules = f"{part.calls} {part.name}"
    if part.reason == EXACT_TYPE:
        return f"does not see that {modules} are {part.base} (it goes by the exact type)"
    if part.reason == ONE_POSITION:
        return f"counts one position of {modules}, whatever the length of the clip"
    if not part.ours:
        return f"counts {modules}, which multiply-add nothing"
    return f"counts {modules} {three(part.theirs / part.ours)} times" if part.theirs else f"does not count {modules}"


def of_operators(part: PartCount) -> str:
    """What modules compute by themselves, without a part that is a module."""
    words = [f"misses {', '.join(part.missed)}"] if part.missed else []
    words += [f"counts the complex multiply-adds of {', '.join(part.once)} as one"] if part.once else []
    found = " and ".join(words) or f"counts {giga(part.theirs)} of {giga(part.ours)} G"
    return f"{found}, which no module of its own computes"


def against_document(others: Sequence[OtherCount]) -> list[Document]:
    """Every difference, with its reason."""
    return [asdict(one) for one in others]
