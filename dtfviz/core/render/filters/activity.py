"""How active a layer's filters are at all of its positions: maps beside Grad-CAM and beside what needs no filter at
all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from dtfviz.core.choices import DEFAULT_MEASURE
from dtfviz.core.render.cam.source import pictures_at
from dtfviz.core.render.cam.words import headline
from dtfviz.core.render.drawing import PAGE
from dtfviz.core.render.filters.film import LOOKS, Marked, draw_marked, mark_position, marks_of
from dtfviz.core.render.filters.layout import Block, group_by_film
from dtfviz.core.render.style.colour import HEAT
from dtfviz.core.render.style.figures import NARROW, PLAIN_NUMBER, mark_trust, shorten, style, wrap_parts
from dtfviz.core.results.filters import Filters, Reals

ACROSS = {True: 4, False: 2}  # panels side by side on a wide and on a narrow sheet
# measure -> (words, unit)
WORDS = {
    "kernel": ("kernel energy", "steps · sum k²"),
    "kernel_dc": ("kernel energy, DC", "steps · sum k²"),
    "kernel_ac": ("kernel energy, AC", "steps · sum k²"),
    "raw": ("whole filter energy", "sum |F|²"),
    "raw_dc": ("whole filter, DC", "sum |F|²"),
    "raw_ac": ("whole filter, AC", "sum |F|²"),
    "effective": ("effective energy", "sum of squares"),
    "effective_dc": ("effective energy, DC", "sum of squares"),
    "effective_ac": ("effective energy, AC", "sum of squares"),
    "kernel_change": ("kernel, by change", "steps · sum k²"),
    "raw_change": ("whole filter, by change", "sum |F|²"),
    "effective_change": ("effective, by change", "sum of squares"),
    "kernel_ac_fraction": ("AC share of kernel", "0 to 1"),
    "ac_fraction": ("AC share of whole filter", "0 to 1"),
    "feature_variance": ("variance of feature", "over steps"),
    "pixel_variance": ("variance of pixels", "over frames"),
}
BASELINES = ("feature_variance", "pixel_variance")
SHOWN = ("kernel_change", "kernel", "raw", "effective", *BASELINES)


@dataclass(frozen=True)
class Colours:
    """Of a map: from which value to which, and in which unit."""

    name: str
    span: tuple[float, float]
    unit: str


@dataclass(frozen=True)
class Part:
    """Panels under one title: of one result or, where several share a clip and a map, of what they share."""

    title: str
    results: Sequence[Filters]
    measures: Sequence[str]
    has_frame: bool  # with the frame and Grad-CAM before the measures

    @property
    def count(self) -> int:
        """Of its panels."""
        return len(self.measures) + 2 * self.has_frame


def activity_sheet(
    results: Sequence[Filters],
    titles: Sequence[str] = ("",),
    *,
    measure: str = DEFAULT_MEASURE,
    width: float = PAGE,
    has_caption: bool = True,
) -> Figure:
    """Frame and Grad-CAM, once for results that share them, then the chosen measure, others and baselines; of several
    results only some.
    """
    across, rows = ACROSS[width > NARROW], lay_parts(results, titles, measure, width)
    box = results[0].clip.box
    panel = (width / across - 0.55) * box.height / box.width + 0.5
    heights = [-(-row[0].count // across) * panel + 0.2 * any(part.title for part in row) for row in rows]
    lines = caption_of(results, measure, width) if has_caption else ""
    with style():
        figure = Figure(figsize=(width, sum(heights) + 0.11 * (1 + lines.count("\n"))))
        blocks: Any = figure.subfigures(len(rows), 1, squeeze=False, hspace=0.02, height_ratios=heights)
        for block, row in zip(blocks[:, 0], rows, strict=True):
            beside = across // min(across, row[0].count)
            parts: Any = block.subfigures(1, beside, squeeze=False, wspace=0.02)
            for area, part in zip(parts[0], row, strict=False):
                draw_part(area, part, across // beside, results, measure)
        mark_trust(figure, next((found.trust for found in results if found.trust != "trained"), "trained"))
        if lines:
            figure.supxlabel(lines, fontsize=6, color="0.5")
    return figure


def lay_parts(results: Sequence[Filters], titles: Sequence[str], measure: str, width: float) -> list[list[Part]]:
    """Rows of parts: one a row, or as many as fit where they are as narrow as a frame and its map."""
    measures, parts, across = measures_of(results, measure), [], ACROSS[width > NARROW]
    for group in group_by_film([Block(found, title, ()) for found, title in zip(results, titles, strict=True)]):
        found = [block.found for block in group if isinstance(block.found, Filters)]
        if len(group) > 1:
            parts.append(Part(name_of(found[0]), found, (), has_frame=True))
        for one, block in zip(found, group, strict=True):
            parts.append(Part(block.title, [one], measures, has_frame=len(group) == 1))
    return pack(parts, across)


def name_of(found: Filters) -> str:
    """What several results share: what their clip is taken for, or else its name."""
    return headline(found.cam, room=22) if found.cam is not None else found.clip.video.path.name


def pack(parts: Sequence[Part], across: int) -> list[list[Part]]:
    """Neighbours of as many panels beside each other, as far as there is room."""
    rows: list[list[Part]] = []
    for part in parts:
        if rows and rows[-1][0].count == part.count and part.count * (len(rows[-1]) + 1) <= across:
            rows[-1].append(part)
        else:
            rows.append([part])
    return rows


def draw_part(area: SubFigure, part: Part, across: int, results: Sequence[Filters], measure: str) -> None:
    """Panels in reading order."""
    panels = list(area.subplots(-(-part.count // across), across, squeeze=False).ravel())
    found, marks = part.results[0], marks_of(part.results)
    if part.has_frame:
        draw_picture(panels.pop(0), found, marks)
        draw_cam(area, panels.pop(0), found, marks)
    for name in part.measures:
        draw_measure(area, panels.pop(0), found, name, span_of(results, found, name), is_chosen=name == measure)
    for axes in panels:
        axes.set_axis_off()
    if part.title:
        area.suptitle(shorten(part.title, 60), x=0.01, ha="left", fontsize=9)


def measures_of(results: Sequence[Filters], measure: str) -> list[str]:
    """The chosen measure and those to stand beside it, as far as they were taken."""
    beside = SHOWN if len(results) == 1 else BASELINES[:1]
    room = len(SHOWN) if len(results) == 1 else 2
    taken = [name for name in beside if all(name in found.activity for found in results)]
    return list(dict.fromkeys([measure, *taken]))[:room]


def span_of(results: Sequence[Filters], found: Filters, measure: str) -> tuple[float, float]:
    """From 0; one scale for all results of the same model and layer, whose values can be compared."""
    alike = [
        other for other in results if (other.model, other.layer, other.trust) == (found.model, found.layer, found.trust)
    ]
    return 0.0, max(float(other.activity[measure].max()) for other in alike) or 1.0


# --- panels -----------------------------------------------------------------------------------------------------------
def draw_picture(axes: Axes, found: Filters, marks: Sequence[Marked]) -> None:
    """The part of a frame that the model saw, with the positions."""
    box = found.clip.box
    (picture,) = pictures_at(found.clip, [len(found.clip.times) // 2])
    draw_marked(axes, picture, found.clip, marks)
    axes.set_xlim(box.left - 0.5, box.left + box.width - 0.5)
    axes.set_ylim(box.top + box.height - 0.5, box.top - 0.5)
    axes.set_title("frame", fontsize=7, loc="center", pad=2)


def draw_cam(block: SubFigure, axes: Axes, found: Filters, marks: Sequence[Marked]) -> None:
    """Grad-CAM, summed over the clip."""
    if found.cam is None:
        axes.set_axis_off()
        return
    total = found.cam.map.sum(axis=0)
    shown = found.cam.cells.by_pixel(total)
    colours = Colours(HEAT, (0.0, float(total.max()) or 1.0), "sum over steps")
    draw_map(block, axes, found, shown, colours, marks)
    axes.set_title("Grad-CAM", fontsize=7, loc="center", pad=2)


def draw_measure(
    block: SubFigure, axes: Axes, found: Filters, name: str, span: tuple[float, float], *, is_chosen: bool
) -> None:
    """One measure, with the ranks of the positions."""
    words, unit = WORDS[name]
    shown = found.cells.by_pixel(found.activity[name])
    draw_map(block, axes, found, shown, Colours("viridis", span, unit), marks_of([found]))
    axes.set_title(words, fontsize=7, loc="center", pad=2, fontweight="bold" if is_chosen else "normal")
    ranks = "  ".join(f"{look.sign} {rank}" for look, rank in zip(LOOKS, found.ranks(name), strict=False))
    axes.set_xlabel(f"rank {ranks}", fontsize=6, labelpad=2)


def draw_map(
    block: SubFigure, axes: Axes, found: Filters, values: Reals, colours: Colours, marks: Sequence[Marked]
) -> None:
    """Values by pixel where the model saw them in the frame."""
    box = found.clip.box
    left, top = box.left - 0.5, box.top - 0.5
    axes.imshow(
        values,
        cmap=colours.name,
        vmin=colours.span[0],
        vmax=colours.span[1],
        extent=(left, left + box.width, top + box.height, top),
        interpolation="nearest",
    )
    for place, look in marks:
        mark_position(axes, place, look)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[["left", "bottom"]].set_visible(False)
    mappable = ScalarMappable(Normalize(*colours.span), colours.name)
    bar = block.colorbar(mappable, cax=axes.inset_axes((1.03, 0, 0.05, 1)))
    bar.outline.set_visible(False)
    bar.locator, bar.formatter = MaxNLocator(3), StrMethodFormatter(PLAIN_NUMBER)
    bar.ax.tick_params(labelsize=6, length=2, pad=1)
    bar.set_label(colours.unit, fontsize=6, labelpad=1)


def caption_of(results: Sequence[Filters], measure: str, width: float) -> str:
    """What must be known of the maps."""
    parts = []
    for found in results:
        rows, cols = found.grid
        parts += [
            f"{found.model} ({found.trust})",
            f"{found.layer}: {cols} x {rows} cells",
            found.cells.words(is_sampled=True),  # of space alone: there is no time in these maps
            f"{found.filter_layout} layout",
        ]
        parts.append(f"{shorten(found.clip.video.path.name, 40)}, {len(found.clip.indices)} frames")
    parts = [*dict.fromkeys(parts), "energy: summed over channels and bins", "ranks: among all cells"]
    parts += [f"positions are ranked by {measure}", "whole filter: with what is in no kernel, each bin once"]
    return wrap_parts(parts, width)
