"""How often a shot cut is missed, and how often motion is taken for one: clips of generated motion and of the bundled
videos, and splices of every two that show other scenes. Further videos can be named; what they hold must be one shot.

    python benchmarks/cuts.py [VIDEO ...]
"""

import sys
from itertools import permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dtfviz.core.bundled import CLIP, asset
from dtfviz.core.choices import MOTIONS
from dtfviz.core.media.cuts import CUT, distances
from dtfviz.core.media.motion import draw_motion
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.sampling import Sampling
from dtfviz.core.media.video import open_video

FRAMES, SIZE, SEEDS, STRIDES = 16, 112, 4, (1, 2, 4, 8)
Frames = NDArray[np.uint8]


def scenes(videos: list[Path]) -> dict[str, list[Frames]]:
    """Clips without a cut by what they show; a seed draws a scene of its own."""
    found = {
        f"{name} {seed}": [draw_motion(label, label * SEEDS + seed, frames=FRAMES, size=SIZE).frames]
        for label, name in enumerate(MOTIONS)
        for seed in range(SEEDS)
    }
    return found | {path.name: clips_of(path) for path in videos}


def clips_of(path: Path) -> list[Frames]:
    """At every stride that fits, begun every half clip."""
    video = open_video(path)
    starts = [
        (stride, begin) for stride in STRIDES for begin in range(0, len(video) - (FRAMES - 1) * stride, 8 * stride)
    ]
    return [
        read_clip(video, Sampling(FRAMES, stride, start=video.times[begin]), SIZE).frames for stride, begin in starts
    ]


def main() -> None:
    """Both shares, and how near the nearest come to the bound."""
    found = scenes([asset(CLIP), *map(Path, sys.argv[1:])])
    within = np.array([distances(clip).max() for clips in found.values() for clip in clips])
    half = FRAMES // 2
    pairs = [(one[0], other[0]) for one, other in permutations(found.values(), 2)]
    across = np.array([distances(np.stack([one[half - 1], other[half]]))[0] for one, other in pairs])
    print(f"motion taken for a cut: {(within > CUT).sum()} of {len(within)} clips; farthest {within.max():.2f}")
    print(f"cuts that are missed: {(across <= CUT).sum()} of {len(across)} splices; nearest {across.min():.2f}")
    print(f"a cut is a Hellinger distance above {CUT}")


if __name__ == "__main__":
    main()
