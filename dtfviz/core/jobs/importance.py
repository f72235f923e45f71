"""How much each frame counts: from a model and a video to a folder."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from dtfviz.core.analysis.cam.gradcam import find_layer
from dtfviz.core.analysis.time.importance import frame_importance
from dtfviz.core.jobs.facts import run_facts, run_inputs
from dtfviz.core.jobs.setup import OnStep, View, reader
from dtfviz.core.media.clip import Video
from dtfviz.core.models.card import card_of
from dtfviz.core.render.style.figures import PAGE, save_figure
from dtfviz.core.render.time.importance import importance_sheet, write_importance
from dtfviz.core.store.runs import find_place, writing

FIGURE, RESULT = "frame_importance.png", "frame_importance.json"


@dataclass(frozen=True)
class ImportanceWishes:
    target: str | None = None
    layer: str | None = None
    method: str = "gradcam"
    seed: int = 0
    dpi: int = 200
    width: float = PAGE
    has_caption: bool = True


def importance_folder(
    model: nn.Module,
    video: Video,
    views: Sequence[View],
    wishes: ImportanceWishes,
    command_line: Sequence[str],
    *,
    out: str | None = None,
    overwrite: bool = False,
    on_step: OnStep = lambda what, done, total: None,
) -> tuple[Path, bool, dict[str, Any]]:
    """Where, whether anything had to be done, and the document."""
    card = card_of(model)
    if wishes.layer is not None:
        find_layer(card, wishes.layer)
    inputs = run_inputs(card, video, views) | {"wishes": asdict(wishes)}
    place = find_place("frame-importance", video.path.stem, inputs, out=out, overwrite=overwrite)
    if not place.is_up_to_date:
        (clip,) = reader(video, views, card.size, on_step)()
        asked: dict[str, Any] = {"layer": wishes.layer, "method": wishes.method, "seed": wishes.seed}
        total = 1 + 2 * len(clip.frames)
        result = frame_importance(
            model, clip, wishes.target, **asked, on_done=lambda done: on_step("replacing frames", done, total)
        )
        figure = importance_sheet(result, width=wishes.width, has_caption=wishes.has_caption)
        manifest = run_facts(model, video, [clip], command_line) | {"seed": wishes.seed, "files": [FIGURE, RESULT]}
        with writing(place, manifest) as folder:
            save_figure(figure, folder / FIGURE, wishes.dpi)
            write_importance(result, folder / RESULT)
    document = json.loads((place.folder / RESULT).read_text(encoding="utf-8"))
    return place.folder, not place.is_up_to_date, document
