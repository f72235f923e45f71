"""The main job on the bundled clips with the bundled model, forward and backward in time."""

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from dtfviz.core.analysis.filters.operators import find_operator
from dtfviz.core.bundled import CLIP, MOVER, asset
from dtfviz.core.jobs.clip import write_clip
from dtfviz.core.jobs.filters import FilterWishes, Side, filters_folder
from dtfviz.core.jobs.gradcam import CamWishes, gradcam_folder
from dtfviz.core.jobs.setup import OnStep, plan_views
from dtfviz.core.media.clip import Video
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.video import decode, open_video
from dtfviz.core.models.card import card_of
from dtfviz.core.models.inputs import sampling_for
from dtfviz.core.results.demo import Showing
from dtfviz.core.store.runs import ROOT

CLIPS = (CLIP, MOVER)
FOLDER = ROOT / "demo"


def demo_folder(
    model: nn.Module, command_line: Sequence[str], *, out: str | None = None, overwrite: bool = False, on_step: OnStep
) -> list[Showing]:
    folder = Path(out) if out else FOLDER
    videos = [(name, open_video(asset(name))) for name in CLIPS]
    both_ways = [(name, one) for name, video in videos for one in (video, turned(video, folder, overwrite=overwrite))]
    return [
        show(model, name, video, folder, command_line, overwrite=overwrite, on_step=on_step)
        for name, video in both_ways
    ]


def show(
    model: nn.Module,
    name: str,
    video: Video,
    folder: Path,
    command_line: Sequence[str],
    *,
    overwrite: bool,
    on_step: OnStep,
) -> Showing:
    def told(what: str, done: int, total: int) -> None:
        on_step(f"{video.path.stem}: {what}", done, total)

    card, where = card_of(model), folder / video.path.stem
    maps, has_maps, seen = gradcam_folder(
        model,
        video,
        plan_views(card, video),
        CamWishes(),
        command_line,
        out=str(where / "gradcam"),
        overwrite=overwrite,
        on_step=told,
    )
    side = Side("", model, read_clip(video, sampling_for(card), card.size), find_operator(model).layer)
    filters, has_filters, passed = filters_folder(
        [side], FilterWishes(), command_line, out=str(where / "filters"), overwrite=overwrite, on_step=told
    )
    (found,), (let_through,) = seen["maps"], passed["filters"]
    hot, cold = (position["rank"][passed["measure"]] for position in let_through["positions"])
    rows, cols = let_through["grid"]
    return Showing(
        clip=name,
        is_reversed=video.path.name != name,
        label=found["target"]["label"],
        probability=found["probability"],
        peak=tuple(found["peak"]),
        ranks=(hot, cold),
        cells=rows * cols,
        folders=(maps, filters),
        is_new=has_maps or has_filters,
    )


def turned(video: Video, folder: Path, *, overwrite: bool) -> Video:
    """The video played backwards, as a file of its own that anyone can look at."""
    pictures = [picture for _, picture in decode(video, range(len(video)))][::-1]
    out = folder / f"{video.path.stem}-reversed.mp4"
    write_clip(pictures, video.fps, out, overwrite=overwrite)
    return open_video(out)
