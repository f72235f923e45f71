"""How active a layer's filters are at all of its positions: maps beside Grad-CAM and beside what needs no filter at
all.
"""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from dtfviz.core.choices import DEFAULT_MEASURE
from dtfviz.core.render.cam.source import pictures_at
from dtfviz.core.render.drawing import PAGE
from dtfviz.core.render.filters.film import LOOKS, draw_marked, mark_position, marks_of
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


def activity_sheet(
    results: Sequence[Filters],
    titles: Sequence[str] = ("",),
    *,
    measure: str = DEFAULT_MEASURE,
    width: float = PAGE,
    has_caption: bool = True,
) -> Figure:
    """A block a result: its frame and Grad-CAM, then the chosen measure, others and baselines; of several results
    only some.
    """
    measures = measures_of(results, measure)
    across = ACROSS[width > NARROW]
    down = -(-(2 + len(measures)) // across)
    box = results[0].clip.box
    tall = down * ((width / across - 0.55) * box.height / box.width + 0.5) + (0.2 if any(titles) else 0)
    with style():
        figure = Figure(figsize=(width, len(results) * tall + 0.35))
        blocks: Any = figure.subfigures(len(results), 1, squeeze=False, hspace=0.02)
        for block, found, title in zip(blocks.flat, results, titles, strict=True):
            panels = block.subplots(down, across, squeeze=False).ravel()
            draw_picture(panels[0], found)
            draw_cam(block, panels[1], found)
            for axes, name in zip(panels[2:], measures, strict=False):
                draw_measure(block, axes, found, name, span_of(results, found, name), is_chosen=name == measure)
            for axes in panels[2 + len(measures) :]:
                axes.set_axis_off()
            if title:
                block.suptitle(shorten(title, 60), x=0.01, ha="left", fontsize=9)
        mark_trust(figure, next((found.trust for found in results if found.trust != "trained"), "trained"))
        if has_caption:
            figure.supxlabel(caption_of(results, measure, width), fontsize=6, color="0.5")
    return figure


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
def draw_picture(axes: Axes, found: Filters) -> None:
    """The part of a frame that the model saw, with the positions."""
    box = found.clip.box
    (picture,) = pictures_at(found.clip, [len(found.clip.times) // 2])
    draw_marked(axes, picture, found.clip, marks_of([found]))
    axes.set_xlim(box.left - 0.5, box.left + box.width - 0.5)
    axes.set_ylim(box.top + box.height - 0.5, box.top - 0.5)
    axes.set_title("frame", fontsize=7, loc="center", pad=2)


def draw_cam(block: SubFigure, axes: Axes, found: Filters) -> None:
    """Grad-CAM, summed over the clip."""
    if found.cam is None:
        axes.set_axis_off()
        return
    total = found.cam.map.sum(axis=0)
    shown = found.cam.cells.by_pixel(total)
    draw_map(block, axes, found, shown, (0.0, float(total.max()) or 1.0), HEAT, "sum over steps")
    axes.set_title("Grad-CAM", fontsize=7, loc="center", pad=2)


def draw_measure(
    block: SubFigure, axes: Axes, found: Filters, name: str, span: tuple[float, float], *, is_chosen: bool
) -> None:
    """One measure, with the ranks of the positions."""
    words, unit = WORDS[name]
    draw_map(block, axes, found, found.cells.by_pixel(found.activity[name]), span, "viridis", unit)
    axes.set_title(words, fontsize=7, loc="center", pad=2, fontweight="bold" if is_chosen else "normal")
    ranks = "  ".join(f"{look.sign} {rank}" for look, rank in zip(LOOKS, found.ranks(name), strict=False))
    axes.set_xlabel(f"rank {ranks}", fontsize=6, labelpad=2)


def draw_map(
    block: SubFigure, axes: Axes, found: Filters, values: Reals, span: tuple[float, float], colours: str, unit: str
) -> None:
    """Values by pixel where the model saw them in the frame."""
    box = found.clip.box
    left, top = box.left - 0.5, box.top - 0.5
    axes.imshow(
        values,
        cmap=colours,
        vmin=span[0],
        vmax=span[1],
        extent=(left, left + box.width, top + box.height, top),
        interpolation="nearest",
    )
    for place, look in marks_of([found]):
        mark_position(axes, place, look)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[["left", "bottom"]].set_visible(False)
    bar = block.colorbar(ScalarMappable(Normalize(*span), colours), cax=axes.inset_axes((1.03, 0, 0.05, 1)))
    bar.outline.set_visible(False)
    bar.locator, bar.formatter = MaxNLocator(3), StrMethodFormatter(PLAIN_NUMBER)
    bar.ax.tick_params(labelsize=6, length=2, pad=1)
    bar.set_label(unit, fontsize=6, labelpad=1)


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
