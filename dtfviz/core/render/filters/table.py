"""Filters in the terminal: a row a position."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group

from dtfviz.core.render.style.tables import Column, make_table, three


def filter_table(facts: Mapping[str, Any], measure: str, width: int) -> Group:
    """What a manifest says of one result."""
    hertz = facts["frequencies_hz"]
    reach = f"0 to {three(hertz[-1])} Hz" if hertz else "no Hz"
    steps = f"{facts['steps']} step{'s' if facts['steps'] > 1 else ''}"
    title = f"{facts['title'] + ': ' if facts['title'] else ''}{facts['layer']} of {facts['model']}, {steps}, {reach}"
    notes = list(facts["remarks"])
    if "positions" not in facts:
        lags = ", ".join(map(str, facts["lags"]))
        columns = [
            Column("operator", is_text=True),
            Column("channels"),
            Column("lags", "steps"),
            Column("gain at 0"),
            Column("gain at 1/2"),
        ]
        row = [facts["kind"], str(facts["channels"]), lags, three(facts["gain"][0]), three(facts["gain"][1])]
        return make_table(
            title,
            columns,
            [row],
            width=width,
            notes=[*notes, "gain: mean over output channels, over all inputs of each"],
        )
    cells = facts["grid"][0] * facts["grid"][1]
    heads = [
        ("pixel", "x,y"),
        ("cell", "col,row"),
        ("rank", f"of {cells}"),
        *((kind, part) for kind in ("raw", "effect") for part in ("AC", "DC")),
    ]
    columns = [Column(*head) for head in (*heads, ("raw AC", "%"), ("distinct", "values"))]
    fewest, most = facts["distinct"]
    distinct = str(most) if fewest == most else f"{fewest}-{most}"
    rows = [position_row(at, measure, distinct) for at in facts["positions"]]
    notes.append(f"{facts['filter_layout']} layout; energies over all channels, AC and DC apart; rank by {measure}")
    return make_table(title, columns, rows, width=width, notes=notes)


def position_row(at: Mapping[str, Any], measure: str, distinct: str) -> list[str]:
    values = at["activity"]
    energies = [f"{values[name]:.3g}" for name in ("raw_ac", "raw_dc", "effective_ac", "effective_dc")]
    pixel, cell = (",".join(f"{part:.0f}" for part in at[name]) for name in ("pixel", "cell"))
    return [pixel, cell, str(at["rank"][measure]), *energies, three(100 * values["ac_fraction"]), distinct]
