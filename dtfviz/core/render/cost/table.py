"""What models cost, in the terminal."""

from collections.abc import Callable, Sequence
from functools import partial

from rich.console import Group

from dtfviz.core.published import Published, PublishedTable, is_reported
from dtfviz.core.render.style.tables import Column, giga, make_table, mega, three
from dtfviz.core.results.cost import Cost, ModuleCost, PublishedCost


def cost_columns(*, has_paper: bool) -> list[Column]:
    """Of a module's row; the paper's way to count is of the models that it reports."""
    heads = [
        *([("paper", "GMACs")] if has_paper else []),
        ("real", "GMACs"),
        ("FLOPs", "G"),
        ("share", "%"),
        ("params", "M"),
        ("activations", "MiB"),
    ]
    return [Column("module", is_text=True), *(Column(*head) for head in heads)]


def cost_row(name: str, row: ModuleCost, whole: ModuleCost, *, has_paper: bool) -> list[str]:
    """What a module costs, in words."""
    share = three(100 * row.real / whole.real) if whole.real else "0"
    return [
        name,
        *([giga(row.paper)] if has_paper else []),
        giga(row.real),
        giga(row.flops),
        share,
        mega(row.params),
        three(row.activations / 2**20),
    ]


def cost_table(cost: Cost, depth: int, width: int, notes: Sequence[str]) -> Group:
    """One model by module."""
    whole, has_paper = cost.whole, is_reported(cost.model)
    rows = [
        cost_row(row.name, row, whole, has_paper=has_paper) for row in cost.at_depth(depth) if row.real or row.params
    ]
    rows.append(cost_row("total", whole, whole, has_paper=has_paper))
    frames, height, pixels = cost.clip[2:]
    title = f"{cost.model} · one clip of {frames} frames at {height} x {pixels}"
    return make_table(
        title, cost_columns(has_paper=has_paper), rows, width=width, totals=1, notes=[*cost_notes(cost), *notes]
    )


def cost_notes(cost: Cost) -> list[str]:
    """The conventions, and what the table does not show."""
    whole, params = cost.whole, cost.params
    parts = [f"{operator.name} {giga(operator.once)}" for operator in cost.by_operator]
    left_out = [f"{row.name} {mega(row.elements)}" for row in cost.uncounted[:6]]
    paper = [f"paper: a complex multiply-add once, no FFT, aggregation, softmax: {whole.paper / 1e9:.2f} GMACs"]
    return [
        *(paper if is_reported(cost.model) else []),
        f"real: everything, a complex multiply-add as 4: {whole.real / 1e9:.2f} GMACs = {whole.flops / 1e9:.2f} GFLOPs",
        f"GMACs, complex once: {', '.join(parts)}",
        f"parameters: {params.total / 1e6:.3f} M = {params.trainable / 1e6:.3f} trainable + "
        f"{params.frozen / 1e6:.3f} frozen"
        f" + {params.dead / 1e6:.3f} dead (not in the table)",
        f"not counted, million elements: {', '.join(left_out)}{', ...' if len(cost.uncounted) > len(left_out) else ''}",
    ]


def compare_table(costs: Sequence[Cost], width: int, notes: Sequence[str]) -> Group:
    """Whole models side by side; times are against the first."""
    has_paper = any(is_reported(cost.model) for cost in costs)
    columns = [
        Column("model", is_text=True),
        Column("clip"),
        *cost_columns(has_paper=has_paper)[1 : 3 + has_paper],
        Column("params", "M"),
        Column("FLOPs", "x first"),
    ]
    rows = []
    for cost in costs:
        frames, height, _ = cost.clip[2:]
        whole, ratio = cost.whole, cost.whole.real / costs[0].whole.real
        paper = [giga(whole.paper) if is_reported(cost.model) else "-"] if has_paper else []
        counts = [giga(whole.real), giga(whole.flops), mega(cost.params.total), three(ratio)]
        rows.append([cost.model, f"{frames} x {height}", *paper, *counts])
    return make_table("one clip each", columns, rows, width=width, notes=notes)


# --- beside the paper -------------------------------------------------------------------------------------------------
def published_table(table: PublishedTable, width: int, notes: Sequence[str]) -> Group:
    """What the paper reports; other authors' models in brackets."""
    shown = published_columns(table)
    cells = [[cell(row) for cell in shown.values()] for row in table.rows]
    parts = [f"{letter}: {words}" for letter, words in table.parts.items()]
    title = f"Table {table.number}: {table.title}, as published"
    return make_table(title, list(shown), cells, width=width, notes=[*parts, *notes])


def published_columns(table: PublishedTable) -> dict[Column, Callable[[Published], str]]:
    """Each with what it says of a row."""
    shown: dict[Column, Callable[[Published], str]] = {}
    if table.parts:
        shown[Column("part")] = lambda row: row.part
    shown[Column("row", is_text=True)] = lambda row: f"[{row.label}]" if row.is_others else row.label
    if any(row.backbone for row in table.rows):
        shown[Column("backbone", is_text=True)] = lambda row: row.backbone
    shown[Column("frames")] = lambda row: str(row.frames or "")
    shown[Column("paper", "GFLOPs")] = lambda row: f"{row.gflops:g}" if row.gflops else "-"
    shown[Column("views")] = lambda row: str(row.views or "-")
    for name in table.datasets:
        for place, rank in enumerate(("top-1", "top-5")):
            shown[Column(name, rank)] = partial(accuracy, name, place)
    return shown


def accuracy(dataset: str, place: int, row: Published) -> str:
    """In percent: top-1 comes first, top-5 second."""
    reported = row.top.get(dataset, ())
    return f"{reported[place]:.1f}" if place < len(reported) else "-"


def counted_table(title: str, rows: Sequence[PublishedCost], width: int, notes: Sequence[str]) -> Group:
    """The paper's value beside ours in three ways of counting; the last column says which of them explains it."""
    ways = [Column(way, "GMACs") for way in ("x1", "all", "x4")]
    heads = [Column("row", is_text=True), Column("clip"), Column("paper", "GFLOPs")]
    cells = []
    for one in rows:
        if one.cost is not None:
            label = " ".join(filter(None, (one.row.part, one.row.label, one.row.backbone)))
            ours = [f"{one.cost.ways[way.name]:.2f}" for way in ways]
            clip, paper = f"{one.cost.clip[2]}x{one.cost.clip[3]}", f"{one.row.gflops:g}" if one.row.gflops else "-"
            cells.append([label, clip, paper, *ours, one.remark])
    return make_table(title, [*heads, *ways, Column("fits", is_text=True)], cells, width=width, notes=notes)
