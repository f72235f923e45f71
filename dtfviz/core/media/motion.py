"""Generated motion: clips of one textured, irregular object, in classes that only time tells apart.

Every clip draws a course for all that can change (place, angle, size, light). Its class lets one of them run; the
others stand still at a random moment of their own course. So a single frame of one class looks like a single frame of
any other.

Time and length are relative: frame f of F stands at (f + 1/2) / F of the clip, and lengths are shares of the picture's
side. So the object covers the same way in 48 frames as in 16, and 16 of the 48 at a stride of 3, from frame 1 on, as
they are taken from the middle of a video, are the clip of 16. The noise alone is drawn anew.

The same arguments give the same clip on every machine: pictures are made of integers, and a sine is rounded to one
before it counts.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence
from numpy.typing import NDArray

from dtfviz.core.choices import MOTIONS
from dtfviz.core.errors import OptionError, Use
from dtfviz.core.media.textures import ONE, Whole, blend_rows, draw_texture

Window = tuple[slice, slice]

# what runs in a class, and how fast: -1 is the same course backwards, 3 has three times the cycles
RUNS: Mapping[str, tuple[str, int]] = {
    "static": ("", 0),
    "move-left": ("x", -1),
    "move-right": ("x", 1),
    "move-up": ("y", -1),
    "move-down": ("y", 1),
    "rotate-cw": ("angle", 1),
    "rotate-ccw": ("angle", -1),
    "zoom-in": ("size", 1),  # the object grows
    "zoom-out": ("size", -1),
    "swing-slow": ("swing", 1),
    "swing-fast": ("swing", 3),
    "blink-slow": ("light", 1),
    "blink-fast": ("light", 3),
    "jitter": ("jitter", 1),
}
CLASSES = MOTIONS
# the class that a clip shows when its frames are played backwards
REVERSED: Mapping[str, str] = {
    name: next(other for other, back in RUNS.items() if back == (runs, -rate))
    if runs in {"x", "y", "angle", "size"}
    else name
    for name, (runs, rate) in RUNS.items()
}

MARGIN = 0.3  # of the side: how much larger than the picture a background is, to drift
PATCH = 0.6  # of the side: how finely the object is drawn before it is turned and scaled
DECOYS = 0.5  # times the difficulty: how probable a still look-alike is
LIGHT = 0.725  # times its colours: the object's at the middle of its course
DARKEST = 25  # of the object's colours: what is black cannot blink
JERKS = 16  # places of a jittering object in a clip


@dataclass(frozen=True)
class Motion:
    """A clip with its class and with where the object is."""

    frames: NDArray[np.uint8]  # (T, H, W, RGB)
    label: int  # of CLASSES
    mask: NDArray[np.bool_]  # (T, H, W): the object
    path: NDArray[np.float64]  # (T, 2): x and y of the object's centre, in pixels from the picture's corner
    decoy: NDArray[np.bool_]  # (H, W): a still object of the same look, where there is one
    difficulty: float
    seed: int


def draw_motion(
    label: int | None, seed: int, *, difficulty: float = 0.4, frames: int = 16, size: int = 64, decoys: float = DECOYS
) -> Motion:
    """The clip of a class and a seed; without a label the seed draws it too.

    Difficulty, from 0 to 1, brings contrast into the background, takes the object's light to the background's, adds
    noise, and makes a drifting background and a still look-alike probable: `decoys` times the difficulty is the
    latter's probability. Another class, difficulty, length or size of the same seed is the same scene.
    """
    check(label, difficulty, frames, size)
    scene, behind, body, grain = (Generator(PCG64(child)) for child in SeedSequence(seed).spawn(4))
    drawn = int(scene.integers(len(CLASSES)))
    label = drawn if label is None else label
    course = draw_course(scene)
    poses = [course.pose(*RUNS[CLASSES[label]], (frame + 0.5) / frames) for frame in range(frames)]
    has_decoy, drifts = scene.random() < decoys * difficulty, scene.random() < 0.25 * difficulty
    decoy_pose = draw_decoy(scene, poses)
    canvas = draw_background(behind, size, difficulty)
    sprite = draw_sprite(body, round(PATCH * size), canvas, difficulty)
    pictures = drift(canvas, scene, frames, size, drifts)
    decoy, mask = np.zeros((size, size), np.bool_), np.zeros((frames, size, size), np.bool_)
    if has_decoy:
        paste(sprite, decoy_pose, pictures, decoy)
    for frame, pose in enumerate(poses):
        paste(sprite, pose, pictures[frame : frame + 1], mask[frame])
    return Motion(
        frames=add_noise(pictures, grain, difficulty),
        label=label,
        mask=mask,
        path=np.array([(round(pose.x * size * ONE) / ONE, round(pose.y * size * ONE) / ONE) for pose in poses]),
        decoy=decoy,
        difficulty=difficulty,
        seed=seed,
    )


def class_index(name: str) -> int:
    """The label of a class by its name."""
    if name not in RUNS:
        close = get_close_matches(name, CLASSES, n=1, cutoff=0.5)
        meant = f"did you mean {close[0]}?" if close else f"the classes are {', '.join(CLASSES)}"
        raise OptionError(
            f"no class of motion is called {name!r}", fact=meant, hint=Use("name", close[0]) if close else ""
        )
    return CLASSES.index(name)


def check(label: int | None, difficulty: float, frames: int, size: int) -> None:
    if label is not None and not 0 <= label < len(CLASSES):
        raise OptionError(f"there is no class {label}", fact=f"the classes are 0 to {len(CLASSES) - 1}")
    if not 0 <= difficulty <= 1:
        raise OptionError(
            f"a difficulty of {difficulty:g} cannot be drawn", fact="it goes from 0 to 1", hint=Use("difficulty", 0.4)
        )
    if frames < 1 or size < 16:
        raise OptionError(
            f"{frames} frames of {size} x {size} pixels cannot be drawn", fact="at least 1 frame of 16 x 16 pixels can"
        )


# --- what happens -----------------------------------------------------------------------------------------------------
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


# --- what it looks like -----------------------------------------------------------------------------------------------
def draw_background(random: Generator, size: int, difficulty: float) -> Whole:
    texture = draw_texture(random, round((1 + MARGIN) * size) + 1, size)
    mean = (texture.sum((0, 1)) // texture[..., 0].size).astype(np.int32)
    background: Whole = mean + ((texture - mean) * round(ONE * (0.05 + 0.95 * difficulty)) >> 8)
    return background


def drift(canvas: Whole, random: Generator, frames: int, size: int, drifts: bool) -> Whole:
    """The part of the background that each frame shows."""
    room = round(MARGIN * size) * ONE
    begin, end = (random.random((2, 2)) * room).astype(int)
    if not drifts:
        top, left = begin // ONE
        return np.repeat(canvas[None, top : top + size, left : left + size], frames, axis=0)
    places = [begin + (end - begin) * (2 * frame + 1) // (2 * frames) for frame in range(frames)]
    steps = np.arange(size) * ONE
    return np.stack(
        [
            blend_rows(blend_rows(canvas, top + steps).swapaxes(0, 1), left + steps).swapaxes(0, 1)
            for top, left in places
        ]
    )


def draw_sprite(random: Generator, side: int, canvas: Whole, difficulty: float) -> Whole:
    """(side, side, RGB and opacity): the object within the unit circle, in an easy clip far lighter or far darker
    than its background.
    """
    texture = draw_texture(random, side, round(side / PATCH))
    away = 80 if texture.mean() * LIGHT > canvas.mean() else -50
    alpha = draw_outline(random, side)
    return np.dstack([(texture + round((1 - difficulty) * away)).clip(DARKEST, 255), alpha]).astype(np.int32)


def draw_outline(random: Generator, side: int) -> Whole:
    """Opacity of a shape whose radius is a short Fourier series of the angle, squeezed to be longer than wide."""
    squeeze, series = random.uniform(0.5, 1), random.uniform(-0.2, 0.2, (4, 2)) / np.array([[1.0], [1.0], [1.5], [2.0]])
    axis = (np.arange(side) * 2 + 1 - side) / side
    x, y = np.broadcast_arrays(axis[None, :], axis[:, None] / squeeze)
    distance = np.maximum(np.sqrt(x * x + y * y), 1e-9)
    cosine, sine = x / distance, y / distance
    outline, real, imaginary = np.full_like(distance, 0.7), cosine, sine
    for a, b in series:  # cos kt and sin kt from those of (k - 1)t
        real, imaginary = real * cosine - imaginary * sine, real * sine + imaginary * cosine
        outline = outline + a * real + b * imaginary
    soft = (outline.clip(0.25, 0.96) - distance) * (side / 2) * 255 + 128  # an edge one pixel wide
    opacity: Whole = np.rint(soft).clip(0, 255).astype(np.int32)
    return opacity


# --- where they meet --------------------------------------------------------------------------------------------------
def paste(sprite: Whole, pose: Pose, pictures: Whole, mask: NDArray[np.bool_]) -> None:
    """Lay the object over pictures (T, H, W, RGB), and mark where it is more than half opaque."""
    size, side = pictures.shape[1], len(sprite)
    (rows, columns), down, right = reach_of(pose, size)
    if not len(down) or not len(right):
        return
    per_pixel = side / 2 / (pose.radius * size) * 4096
    cosine, sine = round(math.cos(pose.angle) * per_pixel), round(math.sin(pose.angle) * per_pixel)
    middle = (side - 1) * (ONE // 2)
    across = ((right[None, :] * cosine + down[:, None] * sine) >> 12) + middle
    along = ((down[:, None] * cosine - right[None, :] * sine) >> 12) + middle
    found = sample(sprite, along, across)
    opacity = found[..., 3:]
    colour = found[..., :3] * round(pose.light * ONE) >> 8
    area = pictures[:, rows, columns]
    area += (colour - area) * (opacity + (opacity >> 7)) >> 8
    mask[rows, columns] = opacity[..., 0] >= 128


def reach_of(pose: Pose, size: int) -> tuple[Window, NDArray[np.int64], NDArray[np.int64]]:
    """The pixels that the object can touch, and how far they are from its centre, in 256ths of a pixel."""
    centre = (round(pose.y * size * ONE), round(pose.x * size * ONE))
    radius = math.ceil(pose.radius * size) + 1
    spans = [slice(min(max(0, at // ONE - radius), size), min(max(0, at // ONE + radius + 1), size)) for at in centre]
    down, right = (
        np.arange(span.start, span.stop) * ONE + ONE // 2 - at for span, at in zip(spans, centre, strict=True)
    )
    return (spans[0], spans[1]), down, right


def sample(sprite: Whole, along: NDArray[np.int64], across: NDArray[np.int64]) -> Whole:
    """The sprite at rows and columns in 256ths, linear between its pixels, transparent beyond them."""
    side, flat = len(sprite), sprite.reshape(-1, 4)
    row, column = (places >> 8 for places in (along, across))
    is_inside = (row >= 0) & (row < side - 1) & (column >= 0) & (column < side - 1)
    first = np.where(is_inside, row * side + column, 0)
    down, right = ((places & 255).astype(np.int32)[..., None] for places in (along, across))
    upper = flat[first] * (ONE - right) + flat[first + 1] * right
    lower = flat[first + side] * (ONE - right) + flat[first + side + 1] * right
    found: Whole = (upper * (ONE - down) + lower * down) >> 16
    found[..., 3] *= is_inside
    return found


def add_noise(pictures: Whole, random: Generator, difficulty: float) -> NDArray[np.uint8]:
    """Noise of another kind in every frame, which may not wrap around at black and white."""
    reach = round(20 * difficulty)
    if reach:
        noise = random.integers(0, reach + 1, (2, *pictures.shape), np.uint8)
        pictures = pictures + noise[0] - noise[1]
    return pictures.clip(0, 255).astype(np.uint8)
