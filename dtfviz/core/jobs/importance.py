"""How much each frame counts: from a model and a video to a folder."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import prod

from torch import nn

from dtfviz.core.analysis.cam.gradcam import find_layer
from dtfviz.core.analysis.time.importance import frame_importance
from dtfviz.core.analysis.time.occlusion import occlusion
from dtfviz.core.jobs.facts import run_facts, run_inputs
from dtfviz.core.jobs.fulfil import Run, fulfil
from dtfviz.core.jobs.kept import Done
from dtfviz.core.jobs.request import Request
from dtfviz.core.jobs.setup import View, reader
from dtfviz.core.media.clip import Video
from dtfviz.core.models.answers import WHOLE, Moment
from dtfviz.core.models.card import card_of
from dtfviz.core.render.drawing import Drawing
from dtfviz.core.render.kinds import counted
from dtfviz.core.results.importance import Importance
from dtfviz.core.results.occlusion import Grid
from dtfviz.core.store.runs import Facts, Place


@dataclass(frozen=True)
class ImportanceWishes:
    """Which class is followed, and which map is shown beside."""

    target: Moment = WHOLE
    layer: str | None = None
    method: str = "gradcam"
    seed: int = 0
    cells: Grid | None = None  # that are blurred one by one


def importance_folder(
    model: nn.Module, video: Video, views: Sequence[View], wishes: ImportanceWishes, drawing: Drawing, request: Request
) -> Done[Importance]:
    """A timeline and its numbers."""
    card = card_of(model)
    if wishes.layer is not None:
        find_layer(card, wishes.layer)

    def compute(place: Place) -> Importance:
        (clip,) = reader(video, views, card.size, request.on_step)()
        on_done = counted(request.on_step, "replacing frames", 1 + 2 * len(clip.frames))
        layer, method = wishes.layer, wishes.method
        found = frame_importance(
            model, clip, wishes.target, layer=layer, method=method, seed=wishes.seed, on_done=on_done
        )
        return found if wishes.cells is None else occlude(model, found, wishes, request)

    def facts(found: Importance, files: list[str]) -> Facts:
        return run_facts(model, video, [found.clip], request.command_line) | {"seed": wishes.seed, "files": files}

    inputs = run_inputs(card, video, views) | {"wishes": asdict(wishes)}
    return fulfil(Run("frame-importance", video.path.stem, inputs, drawing, compute, facts), request)


def occlude(model: nn.Module, found: Importance, wishes: ImportanceWishes, request: Request) -> Importance:
    """The same with cells blurred for the same class."""
    cells = wishes.cells or (1, 1, 1)
    on_done = counted(request.on_step, "blurring cells", 1 + prod(cells))
    target = replace(wishes.target, target=found.target.index)
    return replace(found, occlusion=occlusion(model, found.clip, target, cells=cells, on_done=on_done))
