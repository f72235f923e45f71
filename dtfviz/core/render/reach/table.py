"""What every layer can see, as a table in the terminal."""

from rich.console import Group

from dtfviz.core.render.style.tables import Column, make_table
from dtfviz.core.results.reach import Span, Theory

AXES = ("time", "rows", "columns")


def theory_table(result: Theory, width: int) -> Group:
    """What can change a position, by layer; what makes it see all of an axis stands in the notes."""
    columns = [
        Column("layer", is_text=True),
        *(Column(name, unit) for name, unit in (("time", "frames"), ("stride", ""), ("offset", ""))),
        *(Column(name, unit) for name, unit in (("rows", "px"), ("stride", ""), ("offset", ""))),
        *(Column(name, unit) for name, unit in (("columns", "px"), ("stride", ""), ("offset", ""))),
    ]
    rows = [[layer.name, *(cell for span in layer.spans for cell in span_cells(span))] for layer in result.layers]
    makers = {
        (axis, span.maker): None
        for layer in result.layers
        for axis, span in zip(AXES, layer.spans, strict=True)
        if span.maker
    }
    notes = [f"global in {axis} by {maker}" for axis, maker in makers]
    notes += dict.fromkeys(
        f"unknown: {span.unknown}" for layer in result.layers for span in layer.spans if span.unknown
    )
    if any(not span.is_even and not span.unknown for layer in result.layers for span in layer.spans):
        notes.append("~ positions differ: that in the middle")
    notes.append("by structure, whatever the weights; offset: where the first position begins")
    return make_table(
        f"{result.model} · {result.frames} frames at {result.size} x {result.size}",
        columns,
        rows,
        width=width,
        notes=notes,
    )


def span_cells(span: Span) -> list[str]:
    """One span in three columns."""
    if span.unknown:
        return ["unknown", "", ""]
    if span.is_global:
        return ["global", "", ""]
    if not span.is_even:
        return [f"~{span.size}", "", ""]
    return [str(span.size), "-" if span.stride is None else str(span.stride), str(span.offset)]
