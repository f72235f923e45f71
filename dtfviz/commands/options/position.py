"""Which position of the video or of a layer's grid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from dtfviz.core.results.filters import Cell, Share


def cell_of(text: str) -> Cell:
    """`3,2`: column and row."""
    from dtfviz.core.results.filters import Cell

    if found := re.fullmatch(r"(\d{1,9}),(\d{1,9})", text):
        return Cell(row=int(found[2]), col=int(found[1]))
    raise click.BadParameter(f"{text[:80]!r} is not a column and a row such as 3,2", param_hint="--cell")


def position_of(text: str) -> tuple[float, float] | Share | Literal["auto"]:
    """`120,80` in pixels, `50%,40%` of the frame, or `auto`."""
    from dtfviz.core.results.filters import Share

    if text == "auto":
        return "auto"
    numbers = r"(-?\d{1,9}(?:\.\d{1,20})?)"  # core says where the frame ends
    if found := re.fullmatch(rf"{numbers}%,{numbers}%", text):
        return Share(float(found[1]) / 100, float(found[2]) / 100)
    if found := re.fullmatch(rf"{numbers},{numbers}", text):
        return float(found[1]), float(found[2])
    said = f"{text[:80]!r} is neither pixels such as 120,80 nor percent such as 50%,40% nor auto"
    raise click.BadParameter(said, param_hint="--pos")
