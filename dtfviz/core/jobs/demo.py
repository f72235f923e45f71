"""The main job on the bundled clips with the bundled model, forward and backward in time."""

from dataclasses import replace
from pathlib import Path

from torch import nn

from dtfviz.core.analysis.filters.operators import find_operator
from dtfviz.core.analysis.filters.positions import extremes
from dtfviz.core.bundled import CLIP, MOVER, asset
from dtfviz.core.choices import DEFAULT_MEASURE
from dtfviz.core.jobs.clip import write_clip
from dtfviz.core.jobs.filters import Side, filters_folder
from dtfviz.core.jobs.gradcam import CamWishes, gradcam_folder
from dtfviz.core.jobs.request import Request
from dtfviz.core.jobs.setup import plan_views
from dtfviz.core.media.clip import Video
from dtfviz.core.media.reading import read_clip
from dtfviz.core.media.video import decode, open_video
from dtfviz.core.models.card import card_of
from dtfviz.core.models.inputs import sampling_for
from dtfviz.core.render.drawing import CamDrawing, FilterDrawing
from dtfviz.core.results.demo import Showing
from dtfviz.core.store.runs import ROOT

CLIPS = (CLIP, MOVER)
FOLDER = ROOT / "demo"


def demo_folder(model: nn.Module, request: Request) -> list[Showing]:
    """Maps and filters of every clip, forward and backward, a folder each."""
    folder = Path(request.out) if request.out else FOLDER
    videos = [(name, open_video(asset(name))) for name in CLIPS]
    both_ways = [
        (name, one) for name, video in videos for one in (video, turned(video, folder, overwrite=request.overwrite))
    ]
    return [show(model, name, video, folder / video.path.stem, request) for name, video in both_ways]


def show(model: nn.Module, name: str, video: Video, folder: Path, request: Request) -> Showing:
    """One clip, as it is played."""

    def told(what: str, done: int, total: int) -> None:
        request.on_step(f"{video.path.stem}: {what}", done, total)

    card = card_of(model)
    cam_request, filter_request = (
        replace(request, out=str(folder / part), on_step=told) for part in ("gradcam", "filters")
    )
    maps = gradcam_folder(model, video, plan_views(card, video), CamWishes(), CamDrawing(), cam_request)
    side = Side("", model, read_clip(video, sampling_for(card), card.size), find_operator(model).layer)
    passed = filters_folder([side], (), FilterDrawing(), filter_request)
    ((mosaic,),) = (target.layers for target in maps.result.targets)
    (found,) = passed.result.predicted[0]
    hot, cold = found.ranks(DEFAULT_MEASURE)
    rows, cols = found.grid
    return Showing(
        clip=name,
        is_reversed=video.path.name != name,
        label=mosaic.one.target.label,
        probability=mosaic.probability,
        peak=extremes(mosaic.one)[0],
        ranks=(hot, cold),
        cells=rows * cols,
        folders=(maps.folder, passed.folder),
        is_new=maps.is_new or passed.is_new,
    )


def turned(video: Video, folder: Path, *, overwrite: bool) -> Video:
    """The video played backwards, as a file of its own that anyone can look at."""
    pictures = [picture for _, picture in decode(video, range(len(video)))][::-1]
    out = folder / f"{video.path.stem}-reversed.mp4"
    write_clip(pictures, video.fps, out, overwrite=overwrite)
    return open_video(out)
