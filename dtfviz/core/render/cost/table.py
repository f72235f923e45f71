"""What models cost, in the terminal."""

from collections.abc import Sequence

from rich.console import Group

from dtfviz.core.render.style.tables import Column, giga, make_table, mega, three
from dtfviz.core.results.cost import Cost, ModuleCost, PublishedCost


def cost_columns() -> list[Column]:
    """Of a module's row."""
    heads = [
        ("paper", "GMACs"),
        ("real", "GMACs"),
        ("FLOPs", "G"),
        ("share", "%"),
        ("params", "M"),
        ("activations", "MiB"),
    ]
    return [Column("module", is_text=True), *(Column(*head) for head in heads)]


def cost_row(name: str, row: ModuleCost, whole: ModuleCost) -> list[str]:
    """What a module costs, in words."""
    share = three(100 * row.real / whole.real) if whole.real else "0"
    return [
        name,
        giga(row.paper),
        giga(row.real),
        giga(row.flops),
        share,
        mega(row.params),
        three(row.activations / 2**20),
    ]


def cost_table(cost: Cost, depth: int, width: int, notes: Sequence[str]) -> Group:
    """One model by module."""
    whole = cost.whole
    rows = [cost_row(row.name, row, whole) for row in cost.at_depth(depth) if row.real or row.params]
    rows.append(cost_row("total", whole, whole))
    frames, height, pixels = cost.clip[2:]
    title = f"{cost.model} · one clip of {frames} frames at {height} x {pixels}"
    return make_table(title, cost_columns(), rows, width=width, totals=1, notes=[*cost_notes(cost), *notes])


def cost_notes(cost: Cost) -> list[str]:
    """The conventions, and what the table does not show."""
    whole, params = cost.whole, cost.params
    parts = [f"{operator.name} {giga(operator.once)}" for operator in cost.by_operator]
    left_out = [f"{row.name} {mega(row.elements)}" for row in cost.uncounted[:6]]
    return [
        f"paper: a complex multiply-add once, no FFT, aggregation, softmax: {whole.paper / 1e9:.2f} GMACs",
        f"real: everything, a complex multiply-add as 4: {whole.real / 1e9:.2f} GMACs = {whole.flops / 1e9:.2f} GFLOPs",
        f"GMACs, complex once: {', '.join(parts)}",
        f"parameters: {params.total / 1e6:.3f} M = {params.trainable / 1e6:.3f} trainable + "
        f"{params.frozen / 1e6:.3f} frozen"
        f" + {params.dead / 1e6:.3f} dead (not in the table)",
        f"not counted, million elements: {', '.join(left_out)}{', ...' if len(cost.uncounted) > len(left_out) else ''}",
    ]


def compare_table(costs: Sequence[Cost], width: int, notes: Sequence[str]) -> Group:
    """Whole models side by side; times are against the first."""
    columns = [
        Column("model", is_text=True),
        Column("clip"),
        *cost_columns()[1:4],
        Column("params", "M"),
        Column("FLOPs", "x first"),
    ]
    rows = []
    for cost in costs:
        frames, height, _ = cost.clip[2:]
        whole, ratio = cost.whole, cost.whole.real / costs[0].whole.real
        counts = [giga(whole.paper), giga(whole.real), giga(whole.flops), mega(cost.params.total), three(ratio)]
        rows.append([cost.model, f"{frames} x {height}", *counts])
    return make_table("one clip each", columns, rows, width=width, notes=notes)


def published_table(title: str, rows: Sequence[PublishedCost], width: int, notes: Sequence[str]) -> Group:
    """The paper's value beside ours in three ways of counting; the last column says which of them explains it."""
    ways = [Column(way, "GMACs") for way in ("x1", "all", "x4")]
    columns = [
        Column("row", is_text=True),
        Column("clip"),
        Column("views"),
        Column("paper", "GFLOPs"),
        *ways,
        Column("fits", is_text=True),
    ]
    cells = []
    for row in rows:
        clip = f"{row.cost.clip[2]}x{row.cost.clip[3]}" if row.cost else ""
        ours = [f"{row.ways[way.name]:.2f}" if row.ways else "" for way in ways]
        cells.append([row.label, clip, row.views or "", f"{row.gflops:g}" if row.gflops else "-", *ours, row.remark])
    return make_table(title, columns, cells, width=width, notes=notes)
