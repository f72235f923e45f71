"""How much each cell of a clip counts: as heat over frames, as arrays, and in words."""

from pathlib import Path

import cv2
import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dtfviz.core.media.clip import Picture
from dtfviz.core.results.occlusion import Occlusion

SIGNED = "RdBu_r"  # red speaks for the class, blue against it
OPACITY = 0.8  # of the cell that counts most


def heated(found: Occlusion, pictures: NDArray[np.uint8]) -> list[Picture]:
    """Every frame of the clip in grey under its cells: the more one counts, the less of the frame is seen."""
    share = found.over_clip / (found.highest or 1.0)
    colours = colormaps[SIGNED]((share + 1) / 2)[..., :3]
    weight = OPACITY * np.abs(share)[..., None]
    grey = np.stack([cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in pictures])[..., None] / 255
    return list(np.asarray(255 * (grey * (1 - weight) + colours * weight), np.uint8))


def draw_bar(figure: Figure, axes: Axes, found: Occlusion) -> None:
    """The scale of the colours, beneath their frames."""
    high = found.highest or 1.0
    colours = ScalarMappable(Normalize(-high, high), SIGNED)
    bar = figure.colorbar(colours, ax=axes, location="bottom", shrink=0.5, aspect=40, pad=0.02)
    bar.outline.set_visible(False)
    bar.set_ticks([-high, 0, high], labels=[f"{-high:.2g}", "0", f"{high:.2g}"])
    bar.ax.tick_params(labelsize=6)
    bar.set_label("drop of log p with the cell blurred (nats)", fontsize=6)


def cells_words(found: Occlusion) -> str:
    """Which cell counts most."""
    time, rows, columns = found.peak
    where = f"frames {time.start} to {time.stop - 1} of the clip, rows {rows.start} to {rows.stop - 1}"
    return (
        f"of {shape_words(found)} blurred cells most counts {float(found.drops.max()):.3g} nats: {where}, "
        f"columns {columns.start} to {columns.stop - 1}"
    )


def shape_words(found: Occlusion) -> str:
    """How many there are."""
    return " x ".join(map(str, found.drops.shape))


def write_cells(found: Occlusion, path: Path) -> None:
    """Drops by cell (time, down, across), and by frame and pixel of what the model is fed."""
    np.savez_compressed(path, drops=found.drops, over_clip=found.over_clip.astype(np.float32))
