"""Whether a model's answer really hangs on what a map marks: deletion and insertion curves, and what random maps get.

Deletion blurs the clip from the map's highest value on: the class should vanish early, so a small area is good.
Insertion brings a blurred clip back in the same order: the class should return early, so a large area is good. In time
whole frames are taken, by the map's energy; in space an equal share of every frame's pixels, by the map's value there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dtfviz.core.results.interval import Interval, interval_of

RANDOM = "random map"
CURVES = ("deletion in time", "insertion in time", "deletion in space", "insertion in space")
KEPT = 0.8  # of a class's probability: where blurring leaves so much, areas differ by less than the rest of it
Curves = tuple[tuple[float, ...], ...]  # (CURVES, shares): the target's probability


@dataclass(frozen=True)
class Faithfulness:
    """Of the maps of one clip, all of one target at layers of one grid."""

    model: str
    trust: str
    classes_note: str
    video: str
    label: str  # of the target's class
    layer: str
    seed: int  # of the random maps
    shares: tuple[float, ...]  # of the clip that are deleted or inserted, 0 to 1
    curves: Mapping[str, Curves]  # by method
    controls: tuple[Curves, ...]  # of random maps
    quantity: str = "probability"  # or the "value" of a function of the answer

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Faithfulness":
        """From what `asdict` made of one, after a way through JSON."""
        head = {key: stored[key] for key in ("model", "trust", "classes_note", "video", "label", "layer", "seed")}
        curves = {method: as_curves(found) for method, found in stored["curves"].items()}
        controls = tuple(map(as_curves, stored["controls"]))
        quantity = stored.get("quantity", "probability")
        return cls(**head, shares=tuple(stored["shares"]), curves=curves, controls=controls, quantity=quantity)

    def areas(self, method: str) -> NDArray[np.float64]:
        """(CURVES,) under the curves of a method; of RANDOM the mean over the random maps."""
        if method == RANDOM:
            return np.asarray(self.control_areas.mean(axis=0))
        return areas_under(self.curves[method], self.shares)

    @property
    def ends(self) -> tuple[float, float]:
        """The class's probability in the clip and in the blurred clip, between which every curve runs."""
        deletion = self.controls[0][0]
        return deletion[0], deletion[-1]

    @property
    def is_telling(self) -> bool:
        """Whether blurring takes the class away; a test that begins where it ends says nothing of any map."""
        clip, blurred = self.ends
        return blurred < KEPT * clip

    @property
    def control_areas(self) -> NDArray[np.float64]:
        """(random maps, CURVES)"""
        return np.array([areas_under(curves, self.shares) for curves in self.controls])

    def differences(self, method: str) -> NDArray[np.float64]:
        """(random maps, CURVES) a method's areas less each random map's."""
        return np.asarray(self.areas(method) - self.control_areas)

    @property
    def control_spread(self) -> NDArray[np.float64]:
        """(CURVES,) standard deviation over the random maps; of one there is none."""
        areas = self.control_areas
        return np.asarray(areas.std(axis=0, ddof=1)) if len(areas) > 1 else np.full(len(CURVES), np.nan)


def areas_under(curves: Curves, shares: tuple[float, ...]) -> NDArray[np.float64]:
    """Of several curves over the same shares."""
    ends = np.array(curves)
    return np.asarray(((ends[:, 1:] + ends[:, :-1]) / 2 * np.diff(shares)).sum(axis=1))


def as_curves(stored: Any) -> Curves:
    """From lists."""
    return tuple(tuple(curve) for curve in stored)


@dataclass(frozen=True)
class MapComparison:
    """Methods compared over one clip or several."""

    source: str  # the video or the folder
    rows: tuple[Faithfulness, ...]
    skipped: tuple[tuple[str, str], ...] = ()  # videos that could not be analysed, and why

    @property
    def one(self) -> Faithfulness:
        """Any of them: they agree in model, layer, methods and shares."""
        return self.rows[0]

    @property
    def methods(self) -> tuple[str, ...]:
        return tuple(self.one.curves)

    def curve(self, method: str, which: int) -> NDArray[np.float64]:
        """(shares,) the mean over the clips."""
        return np.asarray(np.mean([row.curves[method][which] for row in self.rows], axis=0))

    def control(self, which: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(shares,) twice: mean over clips and random maps, and the mean of each clip's standard deviation over
        them.
        """
        controls = np.array([[control[which] for control in row.controls] for row in self.rows])
        spread = controls.std(axis=1, ddof=1) if controls.shape[1] > 1 else np.zeros(controls[:, 0].shape)
        return np.asarray(controls.mean(axis=(0, 1))), np.asarray(spread.mean(axis=0))

    @property
    def untold(self) -> tuple[Faithfulness, ...]:
        """The clips that test no map: blurred, they have the class already."""
        return tuple(row for row in self.rows if not row.is_telling)

    def interval(self, method: str, which: int) -> Interval:
        return interval_of([float(row.areas(method)[which]) for row in self.rows], self.one.seed)

    def difference(self, method: str, which: int) -> Interval:
        """A method's area less the random maps': over several clips with the bootstrap's interval; of one clip from the
        least to the greatest over its random maps, where one more random map would lie outside in 2 of (n + 1) cases.
        """
        over_maps = [row.differences(method)[:, which] for row in self.rows]
        if len(over_maps) > 1:
            return interval_of([float(found.mean()) for found in over_maps], self.one.seed)
        (found,) = over_maps
        ends = (float(found.min()), float(found.max())) if len(found) > 1 else (None, None)
        return Interval(float(found.mean()), *ends)
