"""What is known of a model and of what it is fed, in the terminal: layers, what became of a file, a probe."""

from collections.abc import Sequence

from rich.console import Group

from dtfviz.core.render.style.tables import Column, clip_names, make_line, make_table
from dtfviz.core.results.layers import Layers
from dtfviz.core.results.load_report import LoadReport
from dtfviz.core.results.probe import Probe


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


def probe_table(result: Probe, width: int) -> Group:
    """What of a video is fed, step by step."""
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
        ("cells", f"{result.layer}: {cols} x {rows}, {result.cell[1]:.1f} x {result.cell[0]:.1f} source pixels apart"),
        ("", f"from {result.first_cell[0]:.1f},{result.first_cell[1]:.1f}: {result.placed.words()}"),
    ]
    columns = [Column("step"), Column("centre", "s"), Column("nearest frames", is_text=True)]
    columns.append(Column("seconds", is_text=True))
    at = dict(zip(result.indices, result.times, strict=True))
    numbered = [(str(step), f"{when:.3f}") for step, when in enumerate(result.step_times)] or [("all", "")]
    lines = [
        [*head, " ".join(map(str, frames)), " ".join(f"{at[frame]:.3f}" for frame in frames)]
        for head, frames in zip(numbered, result.frames_of_step or [result.indices], strict=True)
    ]
    heads = [make_line(f"{name:8} {value}") for name, value in facts]
    title = f"{steps} steps of {result.model}" + ("" if result.frames_of_step else ", taken where the clip decides")
    return Group(make_line(result.video, "bold"), *heads, make_line(""), make_table(title, columns, lines, width=width))


def layer_table(result: Layers, width: int) -> Group:
    """A row a layer."""
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
        notes=[f"temporal operator: {kind}", f"T counts steps; default layer: {result.default}", offered(result)],
    )


def offered(result: Layers) -> str:
    """What the model can be asked besides what every model can."""
    counts = [f"{name} ({len(paths)})" for name, paths in result.offers.items()]
    return f"offers {', '.join(counts)}" if counts else "offers nothing besides its layers and its answer"
