"""Results of analyses filled by hand."""

from dataclasses import replace

import numpy as np

from dtfviz.core.media.clip import Clip
from dtfviz.core.results.cam import Cam, Target
from dtfviz.core.results.filters import Filters, Position, StaticFilters
from dtfviz.core.results.reach import Span

METHODS = ("gradcam", "layercam", "elementwise", "eigengradcam")
MEASURES = ("kernel_change", "kernel", "raw", "effective", "kernel_ac_fraction", "feature_variance", "pixel_variance")


def filters_of(clip: Clip, filters: object, steps: int, **fields: object) -> Filters:
    """A result of one position that holds these filters (C, F) in a layer of 2 x 4 cells, and little else."""
    spectrum = np.asarray(filters, complex)[None]
    channels = spectrum.shape[1]
    empty = {"effective_energy": np.zeros(spectrum.shape), "effective_kernel_energy": np.zeros((1, channels, steps))}
    return Filters(
        **{
            "clip": clip,
            "model": "net",
            "trust": "UNTRAINED",
            "layer": "layer3",
            "block": "layer3.0.dtf_blk",
            "filter_layout": "paper",
            "same_everywhere": False,
            "spacing": 0.04,
            "positions": (Position(60, 40, 1, 2, (48, 32, 16, 32)),),
            "filters": spectrum,
            "effective": spectrum,
            **empty,
            "sensitivity": np.zeros((1, steps, steps)),
            "distinct": np.ones(channels, np.int64),
            "activity": {"raw": np.arange(8.0).reshape(2, 4)},
            "displacement": None,
            "cam": None,
            "implementation": "cpu",
            "remarks": (),
        }
        | fields
    )


def full_filters(clip: Clip, *, steps: int = 16, positions: int = 2, **fields: object) -> Filters:
    """Several positions and all that a picture can show, from seeded numbers."""
    draw = np.random.default_rng(0)
    bins, channels = steps // 2 + 1, 12
    spectrum = draw.normal(size=(positions, channels, bins)) + 1j * draw.normal(size=(positions, channels, bins))
    places = tuple(Position(24 + 16 * n, 8, 0, n, (16.0 + 16 * n, 0.0, 16.0, 32.0)) for n in range(positions))
    given = {
        "filters": spectrum,
        "effective": spectrum / 9,
        "effective_energy": np.abs(spectrum) ** 2,
        "positions": places,
        "effective_kernel_energy": draw.random((positions, channels, steps)),
        "cam": cam_of(clip),
        "activity": {name: draw.random((2, 4)) for name in MEASURES},
        "displacement": draw.normal(size=(steps - 1, 2, 4, 2)) / 3,
    }
    return replace(filters_of(clip, np.zeros((channels, bins)), steps), **given | fields)


def static_of(clip: Clip, **fields: object) -> StaticFilters:
    """A convolution of three taps: a difference, and nothing."""
    return StaticFilters(
        **{
            "clip": clip,
            "model": "net",
            "trust": "trained",
            "layer": "layer3",
            "block": "layer3.conv",
            "spacing": 0.04,
            "kind": "3x1x1 convolution",
            "steps": 8,
            "lags": np.array([-1, 0, 1]),
            "kernels": np.array([[-1.0, 0, 1], [0, 0, 0]]),
            "kernel_energy": np.array([[1.0, 0, 1], [0, 0, 0]]),
            "frequencies": np.linspace(0, 0.5, 65),
            "scale": np.ones(2),
            "gain": np.stack([2 * np.sin(np.pi * np.linspace(0, 1, 65)), np.zeros(65)]),
            "cam": cam_of(clip),
        }
        | fields
    )


def cam_of(clip: Clip) -> Cam:
    raw = np.arange(16, dtype=np.float32).reshape(2, 2, 4)
    return Cam(
        clip,
        "net",
        "UNTRAINED",
        "layer4",
        "gradcam",
        "clip",
        Target(3, None, "walking a dog"),
        1.0,
        0.7,
        raw,
        "cpu",
        (),
    )


def span(length: int, begin: int, positions: int, stride: int = 4, size: int = 11, maker: str = "") -> Span:
    """Of positions that are a stride apart and see as many places each."""
    begins = begin + stride * np.arange(positions)
    return Span(length, begins, begins + size - 1, maker=maker)
