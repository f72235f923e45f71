"""The temporal tests as a picture: the clip with its time changed, row by row, and what that did to the prediction."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dtfviz.core.media.clip import Clip, Picture, ordered
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
from dtfviz.core.results.temporal_tests import CHANGES, OURS, Effect, TemporalTests

WORDS = {
    "normal": "the clip as it is",
    "shuffled": "shuffled",
    "frozen": "frozen at its first frame",
    "frozen-middle": "frozen at its middle frame",
    "reversed": "reversed",
    "half-rate": "at half its rate",
}
THUMB, APART = 64, 4  # pixels
BAR = 0.34  # of a row's height
NAT = 1.0  # bars span at least this: a divergence of a hundredth is to look like one


def temporal_sheet(result: TemporalTests, *, width: float = PAGE, has_caption: bool = True) -> Figure:
    """A row for the clip and one a change: its first frames, the divergence of the answer, and the weight."""
    places = min(len(result.clip.frames), 16 if width > NARROW else 8)
    highest = max(NAT, *(ends(effect, "kl") for effect in result.effects))
    with style():
        figure = Figure(figsize=(width, (len(CHANGES) + 1) * 0.56 + 0.75))
        ratios = [places * 0.3, 1.0, 0.7] if width > NARROW else [places * 0.24, 0.9, 0.7]
        grid: Any = figure.subplots(
            len(CHANGES) + 1, 3, squeeze=False, width_ratios=ratios, gridspec_kw={"hspace": 0.08, "wspace": 0.06}
        )
        draw_strip(grid[0][0], result.clip, "normal", result.seed, places)
        grid[0][0].set_title(
            f"{WORDS['normal']} → {shorten(result.top.label)} {result.top.probability:.2f}", fontsize=8, pad=9
        )
        for axes, words in zip(
            grid[0][1:], ("divergence (nats)", f"weight ({shorten(result.aim.label, 12)})"), strict=True
        ):
            axes.set_axis_off()
            axes.text(0, 0, words if width > NARROW else words.split(" (")[0], fontsize=7, color="0.3", va="bottom")
        for row, effect in zip(grid[1:], result.effects, strict=True):
            draw_strip(row[0], result.clip, effect.change, result.seed, places)
            row[0].set_title(said(effect), fontsize=8, pad=9)
            draw_bar(row[1], effect, "kl", highest, VERMILION)
            draw_bar(row[2], effect, "weights", 1.0, BLUE)
        mark_trust(figure, result.trust)
        if has_caption:
            figure.supxlabel(caption_of(result, places, width), fontsize=6, color="0.5")
    return figure


def said(effect: Effect) -> str:
    """What was changed, by whose test, and what the clip is then taken for."""
    name = WORDS[effect.change] + ("*" if CHANGES[effect.change] == OURS else "")
    if len(effect.tops) > 1:
        return f"{name} → another class in {sum(effect.flips)} of {len(effect.flips)}"
    return f"{name} → {shorten(effect.tops[0].label, 18)} {effect.tops[0].probability:.2f}"


def ends(effect: Effect, quantity: str) -> float:
    """How far a bar and its whisker reach."""
    return effect.mean(quantity) + (effect.spread(quantity) or 0.0)


def draw_strip(axes: Axes, clip: Clip, change: str, seed: int, places: int) -> None:
    """Frames side by side, each with its number in the clip above it; of a long clip those in the middle."""
    numbers = middle_of(ordered(len(clip.frames), change, seed), places)
    axes.imshow(side_by_side([clip.frames[number] for number in numbers]), interpolation="bilinear")
    for place, number in enumerate(numbers):
        axes.text(
            place * (THUMB + APART) + THUMB / 2, -6, str(number), fontsize=5, color="0.4", ha="center", va="bottom"
        )
    axes.set_axis_off()
    axes.set_anchor("W")


def middle_of(numbers: NDArray[np.int64], places: int) -> NDArray[np.int64]:
    """So many from the middle."""
    begin = (len(numbers) - places) // 2
    return numbers[begin : begin + places]


def side_by_side(frames: Sequence[Picture]) -> Picture:
    """At the height of a thumbnail, on white."""
    height = round(THUMB * frames[0].shape[0] / frames[0].shape[1])
    whole = np.full((height, len(frames) * (THUMB + APART) - APART, 3), 255, np.uint8)
    for place, frame in enumerate(frames):
        left = place * (THUMB + APART)
        whole[:, left : left + THUMB] = cv2.resize(frame, (THUMB, height), interpolation=cv2.INTER_AREA)
    return whole


def draw_bar(axes: Axes, effect: Effect, quantity: str, highest: float, colour: str) -> None:
    """The mean as a bar, the tries' standard deviation as a whisker, and the number."""
    mean, spread = effect.mean(quantity), effect.spread(quantity)
    axes.barh([0], [mean], height=BAR, color=colour)
    if spread is not None:
        axes.plot([max(0.0, mean - spread), mean + spread], [0, 0], color="0.2", linewidth=0.8)
    words = short(mean) if spread is None else f"{short(mean)} ± {short(spread)}"
    axes.annotate(words, (0, BAR * 0.7), (2, 0), textcoords="offset points", fontsize=6, color="0.3", va="bottom")
    axes.set_xlim(0, highest)
    axes.set_ylim(-0.5, 1)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(False)
    axes.axvline(0, color="0.6", linewidth=0.6)


def short(value: float) -> str:
    """Two decimals, and more where they would all be 0."""
    return f"{value:.2f}" if value == 0 or value >= 0.005 else f"{value:.0e}"


def caption_of(result: TemporalTests, places: int, width: float) -> str:
    """What must be known of the tests."""
    clip, shuffles = result.clip, len(result.effects[0].kl)
    parts = [
        f"{result.model} ({result.trust})",
        shorten(clip.video.path.name, 40),
        f"{len(clip.indices)} frames, {clip.when}"
        + (f", its middle {places} shown" if places < len(clip.indices) else ""),
        f"mean ± sd of {shuffles} shuffles from seed {result.seed}, the first shown",
        "divergence: KL(f(x) || f(changed))",
        f"weight: 1 - exp(-max(0, extra cross-entropy of {shorten(result.aim.label, 16)}))",
        "tests of Li and Vasconcelos 2022; * our additions",
    ]
    if result.classes_note:
        parts.append(f"class names: {result.classes_note}")
    return wrap_parts(parts, width)


def write_sheet(result: TemporalTests, path: Path) -> None:
    save_figure(temporal_sheet(result), path)
