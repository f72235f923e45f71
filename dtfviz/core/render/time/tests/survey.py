"""The temporal tests of many videos: which need time most, how that is spread, and the mean of every test."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dtfviz.core.render.drawing import PAGE
from dtfviz.core.render.style.figures import (
    BLUE,
    NARROW,
    VERMILION,
    mark_trust,
    save_figure,
    shorten,
    style,
    wrap_parts,
)
from dtfviz.core.results.temporal_tests import CHANGES, OURS, Row, TemporalSurvey

MOST, FEW = 24, 16  # bars on a page and in a column
BAR = 0.16  # inches
ROWS = 14  # that the ranking has room for at least: bars of two videos are no thicker than those of many


def temporal_survey(survey: TemporalSurvey, *, width: float = PAGE, has_caption: bool = True) -> Figure:
    """Ranked bars of the divergence under a shuffle, its histogram, and the means of all changes."""
    shown = extremes(survey.ranked(), MOST if width > NARROW else FEW)
    with style():
        if width > NARROW:
            figure = Figure(figsize=(width, max(3.4, BAR * len(shown) + 1.1)))
            panels: Any = figure.subplot_mosaic([["bars", "spread"], ["bars", "means"]], width_ratios=[1.3, 1])
        else:
            figure = Figure(figsize=(width, BAR * len(shown) + 4.6))
            ratios = [BAR * len(shown) + 0.5, 1.3, 1.5]
            panels = figure.subplot_mosaic([["bars"], ["spread"], ["means"]], height_ratios=ratios)
        draw_ranking(panels["bars"], shown, len(survey.rows))
        draw_histogram(panels["spread"], survey)
        draw_means(panels["means"], survey)
        mark_trust(figure, survey.trust)
        if has_caption:
            figure.supxlabel(caption_of(survey, width), fontsize=6, color="0.5")
    return figure


def extremes(ranked: Sequence[Row], most: int) -> list[Row | None]:
    """All, or both ends of a long list and a gap (None) between them."""
    if len(ranked) <= most:
        return list(ranked)
    half = most // 2
    return [*ranked[:half], None, *ranked[-half:]]


def draw_ranking(axes: Axes, shown: Sequence[Row | None], count: int) -> None:
    """The videos that need time most come first."""
    for place, row in enumerate(shown):
        if row is not None:
            axes.barh(place, row.effect("shuffled").mean("kl"), height=0.6, color=VERMILION)
            axes.plot(
                row.effect("frozen").mean("kl"),
                place,
                marker="o",
                markersize=3.5,
                color=BLUE,
                linestyle="",
                clip_on=False,
            )
    left_out = count - sum(row is not None for row in shown)
    axes.set_yticks(
        range(len(shown)),
        [f"… {left_out} more" if row is None else shorten(str(Path(row.video).with_suffix(""))) for row in shown],
    )
    axes.set_ylim(max(len(shown), ROWS) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlabel("divergence (nats)")
    axes.set_title("shuffled (bars) and frozen (dots)", fontsize=8)


def draw_histogram(axes: Axes, survey: TemporalSurvey) -> None:
    """How divergences are spread."""
    values, mean = survey.values("shuffled", "kl"), survey.interval("shuffled", "kl").mean
    bins = min(20, max(4, round(np.sqrt(len(values)) * 2)))
    axes.hist(values, bins=bins, range=(0, float(values.max()) or 1.0), color=VERMILION, alpha=0.5)
    axes.axvline(mean, color=VERMILION, linewidth=1.2)
    axes.set_title(f"shuffled: mean {mean:.2g} (line)", fontsize=8)
    axes.set_xlabel("divergence (nats)")
    axes.set_ylabel("videos")
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.xaxis.set_major_locator(MaxNLocator(4))


def draw_means(axes: Axes, survey: TemporalSurvey) -> None:
    """With their confidence intervals, and how many videos are taken for something else."""
    for place, change in enumerate(CHANGES):
        found = survey.interval(change, "kl")
        axes.plot(found.mean, place, marker="o", markersize=4, color="0.1", linestyle="", clip_on=False)
        if found.low is not None and found.high is not None:
            axes.plot([found.low, found.high], [place, place], color="0.1", linewidth=1)
        flips = f"{survey.interval(change, 'flips').mean:.0%}"
        axes.annotate(
            flips, (1, place), (2, 0), ("axes fraction", "data"), "offset points", va="center", fontsize=7, color="0.3"
        )
    names = [change + ("*" if whose == OURS else "") for change, whose in CHANGES.items()]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlabel("divergence (nats)")
    spread = ", 95 % intervals" if survey.interval("shuffled", "kl").low is not None else ""
    axes.set_title(f"means{spread}, flips", fontsize=8)


def caption_of(survey: TemporalSurvey, width: float) -> str:
    """What must be known of the survey."""
    parts = [
        f"{survey.model} ({survey.trust})",
        shorten(survey.source, 40),
        f"{len(survey.rows)} videos" + (f", {len(survey.skipped)} could not be analysed" if survey.skipped else ""),
        f"{len(survey.rows[0].effects[0].kl)} shuffles a video from seed {survey.seed}",
        "divergence: KL(f(x) || f(changed))",
        "flips: another class comes first",
        "tests of Li and Vasconcelos 2022; * our additions",
    ]
    if survey.classes_note:
        parts.append(f"class names: {survey.classes_note}")
    return wrap_parts(parts, width)


def write_survey_figure(survey: TemporalSurvey, path: Path) -> None:
    save_figure(temporal_survey(survey), path)
