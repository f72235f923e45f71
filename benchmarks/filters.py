"""Does a filter's activity tell what moves? Every measure at every layer, trained and untrained, on held-out generated
clips.

Kinds of cells, by the generator's own masks: those that the moving object covers by half at some time, those that it
never touches, of these the ones that are apart from it (none of the eight cells around is touched either: 3 x 3
convolutions carry what moves into the next cell), and those that a still object of the same look covers by half. Clips
of the class `static` are left out; in one of eight the background drifts. AUC: how often a moving cell is more active
than another one, over all pairs of cells of all clips, and as a mean over pairs of one clip; 0.5 is chance. Ratio: of
the medians over all cells.

    python benchmarks/filters.py --plain plain/model.safetensors --json benchmarks/filters.json

where `plain` is the same net trained as long, but without the loss that keeps filters weak where nothing moves:

    OMP_NUM_THREADS=1 dtfviz train --recipe motion --steps 4000 --device cpu --workers 1 --stride 3 -o plain
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from into import markdown, put_into
from numpy.typing import NDArray
from torch import nn

from dtfviz.core.analysis.filters.activity import MEASURES, observe
from dtfviz.core.analysis.filters.operators import find_operator, layers_with_operators
from dtfviz.core.learning.datasets import MotionSet, clip_of
from dtfviz.core.media.motion import Motion
from dtfviz.core.models.building import build_model
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.models.inputs import input_of
from dtfviz.core.models.loading.model import load_model

PAGE = Path(__file__).parents[1] / "docs" / "filters.md"
FILTER_CLIPS, DIFFICULTY = 224, 0.5
SHOWN = (
    "kernel",
    "raw",
    "effective",
    "kernel_change",
    "raw_change",
    "kernel_ac_fraction",
    "feature_variance",
    "pixel_variance",
)
Values = NDArray[np.floating]
Mask = NDArray[np.bool_]


class Cells(NamedTuple):
    """One measure of one clip, by what the cells hold."""

    moving: Values
    ground: Values
    apart: Values
    alike: Values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", help="a trained model with DTF blocks  [default: the bundled one]")
    parser.add_argument("--plain", help="one trained without focus, to stand beside it")
    parser.add_argument("--clips", type=int, default=FILTER_CLIPS)
    parser.add_argument("--difficulty", type=float, default=DIFFICULTY)
    parser.add_argument("--json", type=Path, help="where the numbers go")
    given = parser.parse_args()
    trained = load_model(checkpoint=given.checkpoint)
    card = card_of(trained)
    plain = {"without focus": load_model(checkpoint=given.plain)} if given.plain else {}
    models = {"trained": trained, **plain, "untrained": fresh(card)}
    drawn = MotionSet(given.clips, given.difficulty, card.frames, card.size)
    rows = [row for state, model in models.items() for row in measure(state, model, drawn)]
    print(f"{given.clips} held-out clips at difficulty {given.difficulty:g}\n")
    print(table(rows))
    if given.json:
        facts = {
            "model": card.name,
            "sha256": {state: card_of(model).weights_sha256 for state, model in models.items()},
        } | drawn.facts()
        given.json.write_text(json.dumps({"facts": facts, "rows": rows}, indent=2) + "\n", encoding="utf-8")
    if not given.checkpoint:
        shown = [row for row in rows if row["layer"] == card.filter_layer and row["measure"] in SHOWN]
        put_into(PAGE, "filters", table(shown))


def fresh(card: Card) -> nn.Module:
    """The same model as it is before any training."""
    torch.manual_seed(0)
    return build_model(
        card.name, frames=card.frames, size=card.size, num_classes=card.num_classes, filter_layout=card.filter_layout
    )


# --- what is measured -------------------------------------------------------------------------------------------------
def measure(state: str, model: nn.Module, drawn: MotionSet) -> list[dict[str, Any]]:
    """A row a layer and measure."""
    paths = {layer: find_operator(model, layer).path for layer in layers_with_operators(model)}
    found: dict[tuple[str, str], list[Cells]] = {(layer, name): [] for layer in paths for name in MEASURES}
    for number in range(len(drawn)):
        if drawn.classes[drawn.label(number)] == "static":
            continue
        motion = drawn.motion(number)
        seen = observe(model, input_of(model, clip_of(motion, drawn.name(number))), paths.values())
        for layer, path in paths.items():
            kinds = kinds_of(motion, (seen[path].x.shape[-2], seen[path].x.shape[-1]))
            for name, of in MEASURES.items():
                values = of(seen[path]).numpy()
                found[layer, name].append(Cells(*(values[kind] for kind in kinds)))
    return [
        {"weights": state, "layer": layer, "measure": name} | compare(cells) for (layer, name), cells in found.items()
    ]


def kinds_of(motion: Motion, grid: tuple[int, int]) -> list[Mask]:
    """Which cells are moving, ground, ground apart from what moves, and a still look-alike."""
    path = np.asarray(motion.mask.any(axis=0), np.bool_)
    touched = share_of(path, grid)
    covered = np.max([share_of(mask, grid) for mask in motion.mask], axis=0)
    decoy = share_of(motion.decoy & ~path, grid)
    ground = (touched == 0) & (share_of(motion.decoy, grid) == 0)
    near = cv2.dilate((touched > 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return [covered >= 0.5, ground, ground & ~near, (touched == 0) & (decoy >= 0.5)]


def share_of(mask: Mask, grid: tuple[int, int]) -> Values:
    rows, cols = grid
    shares: Values = mask.reshape(rows, mask.shape[0] // rows, cols, mask.shape[1] // cols).mean(axis=(1, 3))
    return shares


def compare(clips: Sequence[Cells]) -> dict[str, Any]:
    moving, ground, apart, alike = (np.concatenate(values) for values in zip(*clips, strict=True))
    within = [auc(cells.moving, cells.ground) for cells in clips if len(cells.moving) and len(cells.ground)]
    return {
        "auc": auc(moving, ground),
        "auc_within": float(np.mean(within)),
        "ratio": ratio(moving, ground),
        "auc_apart": auc(moving, apart),
        "auc_alike": auc(moving, alike),
        "ratio_alike": ratio(moving, alike),
        "cells": {"moving": len(moving), "ground": len(ground), "apart": len(apart), "alike": len(alike)},
        "clips": len(clips),
        "clips_alike": sum(len(cells.alike) > 0 for cells in clips),
    }


def auc(high: Values, low: Values) -> float:
    """The share of pairs in which the first is larger; equals count half."""
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, "left") + np.searchsorted(ordered, high, "right")
    return float(below.mean() / (2 * len(low)))


def ratio(high: Values, low: Values) -> float | None:
    below = float(np.median(low))
    return float(np.median(high)) / below if below else None


# --- how it is shown --------------------------------------------------------------------------------------------------
def table(rows: Sequence[dict[str, Any]]) -> str:
    names = ("auc", "auc_within", "auc_apart", "ratio", "auc_alike", "ratio_alike")
    numbers = [["-" if row[name] is None else f"{row[name]:.3g}" for name in names] for row in rows]
    heads = ["weights, layer, measure", "AUC", "in a clip", "apart", "ratio", "AUC, still look-alike", "ratio"]
    return markdown(
        heads,
        [
            [f"{row['weights']}, {row['layer']}, {row['measure']}", *cells]
            for row, cells in zip(rows, numbers, strict=True)
        ],
    )


if __name__ == "__main__":
    main()
