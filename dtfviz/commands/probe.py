"""dtfviz probe VIDEO: what of it would be fed to a model."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from dtfviz.commands.options.clip import clip_options, crop_option, crops_of, video_argument
from dtfviz.commands.options.heading import WHAT, bundling, command, option
from dtfviz.commands.options.model import checkpoint_option, foreign_options, frames_option, model_option, size_option
from dtfviz.commands.options.output import json_option
from dtfviz.commands.telling import print_json, print_table, progress, say, terminal_width
from dtfviz.core.choices import CROPS
from dtfviz.core.models.catalogue import Wishes
from dtfviz.core.models.foreign import Foreign

if TYPE_CHECKING:
    from dtfviz.core.media.sampling import ClipChoice


def wishes_of(name: str | None, frames: int | None, size: int | None, foreign: Foreign) -> Wishes:
    """Which model it is that would be fed."""
    return Wishes(name, frames, size, foreign=foreign)


@command()
@video_argument
@model_option
@checkpoint_option
@frames_option
@size_option
@foreign_options
@clip_options
@crop_option(*CROPS[:3], "three", *CROPS[3:], help="Part of the frame; three: left, center and right.")
@option(WHAT, "--layer", help="Whose cells to map to pixels.  [default: the model's]")
@json_option
@bundling("wishes", wishes_of)
def probe(
    video: str | None,
    wishes: Wishes,
    checkpoint: str | None,
    choice: ClipChoice,
    crop: str,
    layer: str | None,
    as_json: bool,
) -> None:
    """Say exactly what of VIDEO (left out: the bundled clip) would be fed to a model.

    Frames and their times, crop box, rotation, and the pixels of a cell.
    Nothing is run, and no weights are needed.
    """
    from dtfviz.core.analysis.probe import probe as analyse
    from dtfviz.core.jobs.setup import find_video, known_model, plan_views, reader
    from dtfviz.core.models.card import card_of
    from dtfviz.core.render.models import probe_table

    source = find_video(video, say)
    model = known_model(wishes, checkpoint, say)
    card = card_of(model)
    with progress() as on_step:
        views = plan_views(card, source, choice, crops=crops_of(crop))
        results = [analyse(model, clip, layer) for clip in reader(source, views, card.size, on_step)()]
    if as_json:
        documents = [asdict(result) for result in results]
        print_json({"crops": documents} if crop == "three" else documents[0])
    else:
        for result in results:
            print_table(probe_table(result, terminal_width()))
