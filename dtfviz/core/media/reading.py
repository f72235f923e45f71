"""Clips of a video: the frames that a model is fed, read and cut."""

import os
from collections.abc import Callable, Sequence

import numpy as np

from dtfviz.core.media.clip import Clip, Picture, Video
from dtfviz.core.media.crop import choose_box, cut, scaled
from dtfviz.core.media.cuts import find_cuts
from dtfviz.core.media.sampling import Sampling, choose_frames
from dtfviz.core.media.video import decode, open_video

Step = Callable[[int, int], None]  # (done, total)


def read_clip(
    source: str | os.PathLike[str] | Video,
    sampling: Sampling | None = None,
    size: int = 224,
    *,
    crop: str = "center",
    on_step: Step | None = None,
) -> Clip:
    """One clip of a video: 16 frames from its middle unless told otherwise."""
    video = source if isinstance(source, Video) else open_video(source)
    (clip,) = read_crops(video, sampling or Sampling(16), size, [crop], on_step=on_step)
    return clip


def read_crops(
    video: Video, sampling: Sampling, size: int, crops: Sequence[str], *, on_step: Step | None = None
) -> list[Clip]:
    """The same frames in several crops, decoded once."""
    indices, boxes = choose_frames(video, sampling), [choose_box(video, crop) for crop in crops]
    targets = [(size, size) if crop != "full" else scaled(box, size) for crop, box in zip(crops, boxes, strict=True)]
    pictures: dict[int, list[Picture]] = {}
    for done, (number, picture) in enumerate(decode(video, indices), start=1):
        pictures[number] = [cut(picture, box, target) for box, target in zip(boxes, targets, strict=True)]
        if on_step is not None:
            on_step(done, len(set(indices)))
    times = tuple(video.times[number] for number in indices)
    frames = [np.stack(cuts) for cuts in zip(*(pictures[number] for number in indices), strict=True)]
    return [
        Clip(video, shown, indices, times, box, crop, cuts=find_cuts(shown))
        for shown, box, crop in zip(frames, boxes, crops, strict=True)
    ]
