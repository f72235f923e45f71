"""Tables in the terminal: numbers to the right, no vertical rules, columns dropped from the right where the line is
too short.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

from rich.box import Box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from dtfviz.core.results.cost import Cost, ModuleCost, PublishedCost
from dtfviz.core.results.demo import Showing
from dtfviz.core.results.evaluation import Evaluation, Proportion
from dtfviz.core.results.layers import Layers
from dtfviz.core.results.load_report import LoadReport
from dtfviz.core.results.predictions import Predictions
from dtfviz.core.results.probe import Probe

RULES = Box("    \n    \n ── \n    \n ── \n    \n    \n    \n")  # one rule under the heads, one between sections
GAP = 2  # between columns; one of it is the divider of the box


@dataclass(frozen=True)
class Column:
    name: str
    unit: str = ""
    is_text: bool = False

    @property
    def head(self) -> str:
        return f"{self.name}\n{self.unit}" if self.unit else self.name


def make_table(
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    width: int,
    totals: int = 0,
    notes: Sequence[str] = (),
) -> Group:
    """Rows of text under their columns; the last `totals` rows are bold; notes stand beneath."""
    shown, dropped = fit(columns, rows, width)
    table = Table(box=RULES, padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False)
    for column in columns[:shown]:
        table.add_column(column.head, justify="left" if column.is_text else "right", no_wrap=True, vertical="bottom")
    for index, row in enumerate(rows):
        is_total = index >= len(rows) - totals
        table.add_row(*row[:shown], style="bold" if is_total else None, end_section=index == len(rows) - totals - 1)
    if dropped:
        notes = [*notes, f"left out at {width} characters: {', '.join(dropped)}"]
    return Group(
        Text(title, style="bold", no_wrap=True, overflow="ellipsis"),
        table,
        *[Text(note, style="dim") for note in notes],
    )


def fit(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> tuple[int, list[str]]:
    """How many columns fit, and the names of those that do not; the first always stays."""
    widths = [
        max([*(len(line) for line in column.head.split("\n")), *(len(row[index]) for row in rows)]) + GAP
        for index, column in enumerate(columns)
    ]
    shown = len(columns)
    while shown > 1 and sum(widths[:shown]) - GAP > width:
        shown -= 1
    return shown, [column.name for column in columns[shown:]]


def load_table(report: LoadReport, width: int) -> Group:
    """What became of every tensor, with the first few names of each kind."""
    found: list[tuple[str, Sequence[str]]] = [
        ("renamed", [f"{theirs} -> {ours}" for theirs, ours in report.renamed]),
        ("dead, never used", report.dead),
        ("recomputed here", report.recomputed),
        ("missing", report.missing),
        ("unexpected", report.unexpected),
        (
            "another shape",
            [f"{odd.name}: {odd.in_file} in the file, {odd.in_model} here: {odd.reason}" for odd in report.mismatched],
        ),
    ]
    rows = [["loaded", str(report.matched), ""]]
    for kind, names in found:
        rows.append([kind, str(len(names)), clip_names(names, width - 30)])
    columns = [Column("tensors", is_text=True), Column("count"), Column("which", is_text=True)]
    return make_table(
        f"{report.path} ({report.kind}) -> {report.model}", columns, rows, width=width, notes=report.remarks
    )


def giga(value: float) -> str:
    return three(value / 1e9)


def mega(value: float) -> str:
    return three(value / 1e6)


def three(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value == 0:
        return "0"
    digits = max(0, 2 - floor(log10(abs(value))))
    return f"{value:.{min(digits, 6)}f}"


def cost_columns() -> list[Column]:
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


def probe_table(result: Probe, width: int) -> Group:
    left, top, box_width, box_height = result.box
    steps, rows, cols = result.grid
    facts = [
        ("codec", result.codec),
        (
            "picture",
            f"{result.width} x {result.height}, rotated by {result.rotation} degrees"
            if result.rotation
            else f"{result.width} x {result.height}",
        ),
        ("length", f"{result.frames} frames, {result.seconds:.2f} s at {result.fps:.3g} frames a second"),
        ("sha256", result.sha256[:16] + "..."),
        (
            "crop",
            f"{result.crop}: {box_width} x {box_height} pixels from ({left}, {top}), fed as {result.size[1]} x "
            f"{result.size[0]}",
        ),
        ("cells", f"{result.layer}: {cols} x {rows}, each {result.cell[1]:.1f} x {result.cell[0]:.1f} source pixels"),
    ]
    columns = [Column("step"), Column("frames", is_text=True), Column("seconds", is_text=True)]
    at = dict(zip(result.indices, result.times, strict=True))
    lines = [
        [str(step), " ".join(map(str, frames)), " ".join(f"{at[frame]:.3f}" for frame in frames)]
        for step, frames in enumerate(result.frames_of_step)
    ]
    heads = [Text(f"{name:8} {value}") for name, value in facts]
    title = f"{steps} steps of {result.model}"
    return Group(Text(result.video, style="bold"), *heads, Text(), make_table(title, columns, lines, width=width))


def prediction_table(result: Predictions, width: int) -> Group:
    columns = [Column("class", is_text=True), Column("index"), Column("probability")]
    rows = [[guess.label, str(guess.index), f"{guess.probability:.3f}"] for guess in result.top]
    first = result.views[0]
    count = len(result.views)
    seen = (
        f"{len(first.indices)} frames from {min(first.times):.2f} to {max(first.times):.2f} s"
        if count == 1
        else f"{count} views"
    )
    notes = [f"{result.model}, {result.trust}; {seen}, in {result.order} order"]
    if result.classes_note:
        notes.append(f"class names: {result.classes_note}")
    return make_table(result.video, columns, rows, width=width, notes=notes)


def evaluation_table(found: Evaluation, width: int) -> Group:
    columns = [Column("", is_text=True), Column("share", "%"), Column("95 % interval", "%"), Column("clips")]
    shares = [("top-1", found.top1), ("top-5", found.top5), ("mean class accuracy", found.mean_class_accuracy)]
    changed, _ = found.backwards or (None, None)
    rows = [share_row(name, share) for name, share in [*shares, ("class of the reversed motion", changed)] if share]
    notes = [f"{found.model}, {found.trust}; {found.protocol.words}"]
    if found.top5 is None:
        notes.append(f"no top-5 of {found.num_classes} classes")
    if changed:
        notes.append("reversed motion: of the clips that show another class when played backwards")
    if found.classes_note:
        notes.append(f"class names: {found.classes_note}")
    if found.failed:
        notes.append(f"without {len(found.failed)} of {len(found.failed) + len(found.names)} that could not be read")
    return make_table(found.data, columns, rows, width=width, notes=notes)


def share_row(name: str, share: Proportion) -> list[str]:
    low, high = share.interval
    return [name, f"{100 * share.value:.1f}", f"{100 * low:.1f} to {100 * high:.1f}", f"{share.clips:.0f}"]


def demo_table(shown: Sequence[Showing], width: int) -> Group:
    columns = [
        Column("clip", is_text=True),
        Column("played", is_text=True),
        Column("seen as", is_text=True),
        Column("probability"),
        Column("looks at", "x, y"),
        Column("filter", "rank"),
        Column("state", is_text=True),
    ]
    rows = [
        [
            one.clip,
            "backward" if one.is_reversed else "forward",
            one.label,
            f"{one.probability:.3f}",
            "{:.0f}, {:.0f}".format(*one.peak),
            f"{one.ranks[0]}, {one.ranks[1]}",
            "written" if one.is_new else "up to date",
        ]
        for one in shown
    ]
    notes = [
        "looks at: where Grad-CAM, summed over the clip, is highest; pixels of the video",
        f"filter: how active it is there, and where Grad-CAM is lowest, among {shown[0].cells} cells",
        "pictures, videos and arrays in:",
    ]
    folders = [f"  {folder}" for one in shown for folder in one.folders]
    return make_table("the bundled model on the bundled clips", columns, rows, width=width, notes=[*notes, *folders])


def clip_names(names: Sequence[str], width: int) -> str:
    """As many names as fit, and dots for the rest."""
    text = ", ".join(names)
    return text if len(text) <= width else text[: max(0, width - 3)] + "..."


def layer_table(result: Layers, width: int) -> Group:
    columns = [
        Column("layer", is_text=True),
        *(Column(axis) for axis in "CTHW"),
        Column("temporal operator", is_text=True),
    ]
    rows = [[layer.name, *map(str, layer.shape), layer.temporal or ""] for layer in result.layers]
    has_any = any(layer.temporal for layer in result.layers)
    kind = f"{result.temporal}, {result.filter_layout} filter layout" if has_any else "none: a per-frame model"
    if not result.temporal:
        kind = "not looked for: the model is not ours"
    return make_table(
        f"{result.model} · {result.frames} frames at {result.size} x {result.size}",
        columns,
        rows,
        width=width,
        notes=[f"temporal operator: {kind}", f"T counts steps; default layer: {result.default}"],
    )
