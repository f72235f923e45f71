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

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence
from numpy.typing import NDArray

from dtfviz.core.choices import MOTIONS
from dtfviz.core.errors import OptionError, Use
from dtfviz.core.media.course import draw_course, draw_decoy
from dtfviz.core.media.sprites import PATCH, add_noise, draw_background, draw_sprite, drift, paste
from dtfviz.core.media.textures import ONE

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

DECOYS = 0.5  # times the difficulty: how probable a still look-alike is


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
    """An error for a clip that cannot be drawn."""
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
