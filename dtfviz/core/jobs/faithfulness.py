"""Methods compared over a folder of videos: whose maps mark what the model's answer hangs on."""

from dataclasses import asdict
from pathlib import Path

from torch import nn

from dtfviz.core.analysis.cam.gradcam import explain, find_layer
from dtfviz.core.errors import OptionError, Use
from dtfviz.core.jobs.fulfil import Run, fulfil
from dtfviz.core.jobs.gradcam import CamWishes, check_proof, prove
from dtfviz.core.jobs.kept import Done
from dtfviz.core.jobs.request import Request
from dtfviz.core.jobs.several import over_videos, reading, several_facts, several_inputs
from dtfviz.core.learning.datasets import FoundVideo, find_videos
from dtfviz.core.media.clip import Clip
from dtfviz.core.media.sampling import ClipChoice
from dtfviz.core.models.card import card_of
from dtfviz.core.render.drawing import Drawing
from dtfviz.core.results.faithfulness import Faithfulness, MapComparison
from dtfviz.core.store.runs import Facts, Place


def faithfulness_folder(
    model: nn.Module,
    path: Path,
    choice: ClipChoice,
    crop: str,
    wishes: CamWishes,
    drawing: Drawing,
    request: Request,
) -> Done[MapComparison]:
    """Curves and areas of every method. A run that was stopped goes on where it was."""
    if len(wishes.targets) > 1:
        raise OptionError(
            "methods are compared for one target",
            fact=f"{len(wishes.targets)} were asked for",
            hint=Use("target", "top"),
        )
    check_proof(wishes, 1)
    card, videos = card_of(model), find_videos(path)
    find_layer(card, wishes.layer)

    def analyse(clip: Clip, video: FoundVideo) -> Facts:
        cam = explain(model, clip, wishes.targets[0], wishes.layer, wishes.method, per=wishes.per, seed=wishes.seed)
        return asdict(prove(model, cam, wishes)) | {"video": video.name}

    def compute(place: Place) -> MapComparison:
        rows, skipped = over_videos(videos, reading(card, choice, crop), analyse, place, request)
        return MapComparison(str(path), tuple(map(Faithfulness.read, rows)), skipped)

    def facts(found: MapComparison, files: list[str]) -> Facts:
        return several_facts(model, request, len(found.rows), found.skipped) | {"seed": wishes.seed, "files": files}

    inputs = {**several_inputs(card, videos, choice, crop), "wishes": asdict(wishes)}
    return fulfil(Run("gradcam", path.resolve().name, inputs, drawing, compute, facts), request)
