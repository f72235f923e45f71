"""The main job on the bundled clips with the bundled model, forward and backward in time."""

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from dtfviz.core.bundled import CLIP, MOVER, asset
from dtfviz.core.jobs.clip import write_clip
from dtfviz.core.jobs.gradcam import CamWishes, gradcam_folder
from dtfviz.core.jobs.setup import OnStep, plan_views
from dtfviz.core.models.card import card_of
from dtfviz.core.results.demo import Showing
from dtfviz.core.runs import ROOT
from dtfviz.core.video import Video, decode, open_video

CLIPS = (CLIP, MOVER)
FOLDER = ROOT / "demo"


def demo_folder(
    model: nn.Module, command_line: Sequence[str], *, out: str | None = None, overwrite: bool = False, on_step: OnStep
) -> list[Showing]:
    folder = Path(out) if out else FOLDER
    videos = [(name, open_video(asset(name))) for name in CLIPS]
    both_ways = [(name, one) for name, video in videos for one in (video, turned(video, folder, overwrite=overwrite))]
    return [show(model, name, video, folder, command_line, overwrite=overwrite, on_step=on_step) for name, video in both_ways]


def show(
    model: nn.Module, name: str, video: Video, folder: Path, command_line: Sequence[str], *, overwrite: bool, on_step: OnStep
) -> Showing:
    def told(what: str, done: int, total: int) -> None:
        on_step(f"{video.path.stem}: {what}", done, total)

    views = plan_views(card_of(model), video)
    out = str(folder / video.path.stem / "gradcam")
    place, is_new, manifest = gradcam_folder(model, video, views, CamWishes(), command_line, out=out, overwrite=overwrite, on_step=told)
    (found,) = manifest["maps"]
    x, y = found["peak"]
    return Showing(name, video.path.name != name, found["target"]["label"], found["probability"], (x, y), place, is_new)


def turned(video: Video, folder: Path, *, overwrite: bool) -> Video:
    """The video played backwards, as a file of its own that anyone can look at."""
    pictures = [picture for _, picture in decode(video, range(len(video)))][::-1]
    out = folder / f"{video.path.stem}-reversed.mp4"
    write_clip(pictures, video.fps, out, overwrite=overwrite)
    return open_video(out)
