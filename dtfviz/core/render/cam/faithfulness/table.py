"""The areas under the curves in the terminal."""

from rich.console import Group

from dtfviz.core.render.cam.faithfulness.words import difference, interval_words, number, warning, whose
from dtfviz.core.render.style.tables import Column, make_table
from dtfviz.core.results.faithfulness import CURVES, RANDOM, MapComparison


def faithfulness_table(result: MapComparison, width: int) -> Group:
    """A row a method and one of random maps."""
    heads = [curve.partition(" ")[::2] for curve in CURVES]
    columns = [Column("area under", is_text=True), *(Column(name, where) for name, where in heads)]
    rows = [line for method in result.methods for line in method_lines(result, method)]
    rows.append([RANDOM, *(number(result, RANDOM, which) for which in range(len(CURVES)))])
    one, clips = result.one, len(result.rows)
    after = (
        ""
        if clips == 1
        else f"; means of {clips} videos, ± half of the 95 % interval"
        + (f", {len(result.skipped)} could not be analysed" if result.skipped else "")
    )
    notes = [
        f"{one.model}, {one.trust}; {one.layer}; {one.quantity} of {whose(result)}{after}",
        "deletion: small is good; insertion: large is good; a map that is no better than random says nothing",
        *filter(None, [warning(result)]),
        f"less random: the area less the random maps'; interval: {interval_words(result)}",
    ]
    return make_table(result.source, columns, rows, width=width, notes=notes)


def method_lines(result: MapComparison, method: str) -> list[list[str]]:
    """Its areas, and how much they differ from the random maps'."""
    areas = [number(result, method, which) for which in range(len(CURVES))]
    differences = (difference(result, method, which) for which in range(len(CURVES)))
    means, intervals = zip(*differences, strict=True)
    return [[method, *areas], ["  less random", *means], ["  interval", *intervals]]
