"""What the demonstration showed, in the terminal."""

from collections.abc import Sequence

from rich.console import Group

from dtfviz.core.render.style.tables import Column, make_table
from dtfviz.core.results.demo import Showing


def demo_table(shown: Sequence[Showing], width: int) -> Group:
    """A row a showing."""
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
