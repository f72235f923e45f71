"""What the object of a generated clip does: a course for all that can change, and where it stands at a moment."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

LIGHT = 0.725  # times its colours: the object's at the middle of its course
JERKS = 16  # places of a jittering object in a clip


@dataclass(frozen=True)
class Pose:
    """The object at one moment; lengths are shares of the picture's side."""

    x: float
    y: float
    angle: float  # clockwise, as y points down
    radius: float
    light: float  # times its colours


@dataclass(frozen=True)
class Course:
    """All that the object of a clip could do."""

    middle: tuple[float, float]
    reach: float  # how far it moves
    angle: float
    turn: float  # how far it rotates
    radius: float
    growth: float  # from its smallest to its largest
    direction: float  # of swinging
    width: float  # of swinging and jittering
    cycles: float  # of slow swinging and blinking
    phase: float
    jerks: NDArray[np.float64]  # (JERKS, 2)
    moments: Mapping[str, float]  # where each course stands when it does not run

    def pose(self, runs: str, rate: int, time: float) -> Pose:
        """At `time`, from 0 to 1, when one course runs."""
        at = dict(self.moments) | {runs: 0.5 + rate * (time - 0.5)}
        swing = self.width * math.sin(math.tau * (self.cycles * at["swing"] + self.phase))
        jerk = self.width * self.jerks[min(int(at["jitter"] * JERKS), JERKS - 1)]
        return Pose(
            x=self.middle[0] + self.reach * (at["x"] - 0.5) + swing * math.cos(self.direction) + float(jerk[0]),
            y=self.middle[1] + self.reach * (at["y"] - 0.5) + swing * math.sin(self.direction) + float(jerk[1]),
            angle=self.angle + self.turn * at["angle"],
            radius=self.radius * self.growth ** (at["size"] - 0.5),
            light=LIGHT + (1 - LIGHT) * math.cos(math.tau * (self.cycles * at["light"] + self.phase)),
        )


def draw_course(random: Generator) -> Course:
    """At random."""
    return Course(
        middle=(random.uniform(0.38, 0.62), random.uniform(0.38, 0.62)),
        reach=random.uniform(0.3, 0.65),
        angle=random.uniform(0, math.tau),
        turn=random.uniform(2, 5),
        radius=random.uniform(0.21, 0.28),
        growth=random.uniform(1.8, 2.5),
        direction=random.uniform(0, math.tau),
        width=random.uniform(0.07, 0.14),
        cycles=random.uniform(1.1, 1.5),
        phase=random.random(),
        jerks=random.uniform(-0.6, 0.6, (JERKS, 2)),
        moments={course: random.random() for course in ("x", "y", "angle", "size", "swing", "light", "jitter")},
    )


def draw_decoy(random: Generator, poses: list[Pose]) -> Pose:
    """A look-alike far from the object's path, as the object is at some moment but for its angle."""
    like = poses[int(random.random() * len(poses))]
    places = random.uniform(0.12, 0.88, (12, 2))
    apart = [min((pose.x - x) ** 2 + (pose.y - y) ** 2 for pose in poses) for x, y in places]
    x, y = places[int(np.argmax(apart))]
    return Pose(float(x), float(y), random.uniform(0, math.tau), like.radius, like.light)
