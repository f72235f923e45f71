"""Methods compared over a folder of videos: whose maps mark what the model's answer hangs on."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import nn

from dtfviz.core.analysis.cam.gradcam import find_layer, look
from dtfviz.core.errors import OptionError
from dtfviz.core.jobs.gradcam import CamWishes, check_proof, prove
from dtfviz.core.jobs.setup import OnStep
from dtfviz.core.jobs.several import over_videos, several_facts, several_inputs
from dtfviz.core.learning.datasets import Found, find_videos
from dtfviz.core.media.clip import Clip
from dtfviz.core.models.card import card_of
from dtfviz.core.render.cam.faithfulness import faithfulness_chart
from dtfviz.core.render.save import save
from dtfviz.core.render.style.figures import save_figure
from dtfviz.core.results.faithfulness import Faithfulness, MapComparison
from dtfviz.core.store.runs import Ledger, find_place, writing

FIGURE, RESULT, TABLE = "faithfulness.png", "faithfulness.json", "faithfulness.csv"


def faithfulness_folder(
    model: nn.Module,
    path: Path,
    sampling: Mapping[str, Any],
    wishes: CamWishes,
    command_line: Sequence[str],
    *,
    out: str | None = None,
    overwrite: bool = False,
    say: Callable[[str], None],
    on_step: OnStep = lambda what, done, total: None,
) -> tuple[Path, bool, dict[str, Any]]:
    """Where, whether anything had to be done, and the document. A run that was stopped goes on where it was."""
    if len(wishes.targets) > 1:
        raise OptionError(
            "methods are compared for one target", fact=f"{len(wishes.targets)} were asked for", hint="--target top"
        )
    check_proof(wishes, 1)
    card, videos = card_of(model), find_videos(path)
    find_layer(card, wishes.layer)
    inputs = several_inputs(card, videos, sampling) | {"wishes": asdict(wishes)}
    place = find_place("gradcam", path.resolve().name, inputs, out=out, overwrite=overwrite)

    def analyse(clip: Clip, video: Found) -> Mapping[str, Any]:
        cam = look(model, clip, wishes.targets[0], wishes.layer, wishes.method, per=wishes.per, seed=wishes.seed)
        return asdict(prove(model, cam, wishes)) | {"video": video.name}

    if not place.is_up_to_date:
        ledger = Ledger(place)
        rows, skipped = over_videos(model, videos, sampling, analyse, ledger, say=say, on_step=on_step)
        result = MapComparison(str(path), tuple(map(Faithfulness.read, rows)), skipped)
        figure = faithfulness_chart(result, width=wishes.width, has_caption=wishes.has_caption)
        manifest = several_facts(model, command_line, len(rows), skipped) | {
            "seed": wishes.seed,
            "files": [FIGURE, RESULT, TABLE],
        }
        with writing(place, manifest) as folder:
            save_figure(figure, folder / FIGURE, wishes.dpi)
            save(result, folder / RESULT)
            save(result, folder / TABLE)
        ledger.close()
    return place.folder, not place.is_up_to_date, json.loads((place.folder / RESULT).read_text(encoding="utf-8"))
