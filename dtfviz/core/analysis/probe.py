"""What of a video is fed to a model, and how the cells of a layer map back to its pixels."""

from torch import nn

from dtfviz.core.analysis.cam.gradcam import find_layer
from dtfviz.core.analysis.layers import describe_layers
from dtfviz.core.analysis.reach.centres import cells_of
from dtfviz.core.media.clip import Clip
from dtfviz.core.models.borrow.steps import watch_sampling
from dtfviz.core.models.card import card_of
from dtfviz.core.results.probe import Probe


def probe(model: nn.Module, clip: Clip, layer: str | None = None) -> Probe:
    """For a model on the meta device: nothing is computed. `layer` defaults to the card's."""
    card, video = card_of(model), clip.video
    height, width = clip.frames.shape[1:3]
    name = find_layer(card, layer).name
    with watch_sampling(model, name) as fed:
        shapes = {row.name: row.shape for row in describe_layers(model, (height, width)).layers}
    _, steps, rows, cols = shapes[name]
    cells = cells_of(model, clip, name, (steps, rows, cols))
    across, down = cells.pitch(clip.box)
    nearest = cells.time.cell_at(range(len(clip.indices))).tolist()
    parts = [tuple(clip.indices[at] for at, step in enumerate(nearest) if step == one) for one in range(steps)]
    return Probe(
        video=str(video.path),
        sha256=video.sha256,
        codec=video.codec,
        width=video.width,
        height=video.height,
        rotation=video.rotation,
        fps=video.fps,
        frames=len(video),
        seconds=video.seconds,
        model=card.name,
        size=(height, width),
        indices=clip.indices,
        times=clip.times,
        crop=clip.crop,
        box=(clip.box.left, clip.box.top, clip.box.width, clip.box.height),
        layer=name,
        grid=(steps, rows, cols),
        placed=cells,
        step_times=() if fed else tuple(cells.step_times(clip).tolist()),
        cell=(down, across),
        first_cell=cells.centre(clip.box, 0, 0),
        frames_of_step=() if fed else tuple(parts),
    )
