"""Which frames of a video: by default as many as the model takes, at its stride, centred in the video."""

from dataclasses import dataclass, replace
from math import ceil, inf

import numpy as np

from dtfviz.core.errors import OptionError, Use, VideoError
from dtfviz.core.media.clip import Video


@dataclass(frozen=True)
class ClipChoice:
    """Which frames were asked for; None where nothing was."""

    stride: int | None = None
    fps: float | None = None
    start: float | None = None  # seconds
    start_frame: int | None = None
    part: tuple[int, int] | None = None  # (i, n): the i-th of n clips, from 1
    loop: bool = False

    @property
    def says_where(self) -> bool:
        """Whether it names the place of one clip in the video."""
        return self.part is not None or self.start is not None or self.start_frame is not None


CENTRED = ClipChoice()  # nothing was asked for: the middle of the video


@dataclass(frozen=True)
class Sampling:
    """Which frames a clip has; None where nothing was asked for."""

    frames: int
    stride: int = 1  # video frames from one clip frame to the next
    fps: float | None = None  # or as many frames a second, by their times
    start: float | None = None  # seconds
    start_frame: int | None = None
    part: tuple[int, int] | None = None  # (i, n): the i-th of n clips, spread as the paper's evaluation does, from 1
    segments: int = 1  # parts of the video that such a clip takes its frames from
    loop: bool = False  # begin again where the video ends


def choose_frames(video: Video, sampling: Sampling) -> tuple[int, ...]:
    """The numbers of a clip's frames in its video; an error where the video is too short."""
    if sampling.part is not None and (sampling.start is not None or sampling.start_frame is not None):
        raise OptionError("clip I/N and start both say where the clip begins", hint="leave one of them out")
    if sampling.fps is not None:
        return at_rate(video, sampling)
    if sampling.part is not None and len(video) >= sampling.frames // sampling.segments * sampling.stride:
        return spread(len(video), sampling)
    total, offsets = len(video), [step * sampling.stride for step in range(sampling.frames)]
    span = offsets[-1] + 1
    first = (
        start_of(video, sampling)
        if sampling.start is not None or sampling.start_frame is not None
        else max(0, (total - span) // 2)
    )
    if first + span > total and not sampling.loop:
        fact = f"{span} frames from frame {first} on are needed, {total - first} are there"
        raise too_short(video, sampling, fact, what_fits(total, first, span, sampling))
    return tuple((first + offset) % total for offset in offsets)


def spread(total: int, sampling: Sampling) -> tuple[int, ...]:
    """The i-th of n clips as the released code spreads them: the first begins with the video, none reaches its end.

    With several segments the video is cut into as many parts, and each gives its share of the frames.
    """
    number, parts = (sampling.part or (1, 1))[0] - 1, (sampling.part or (1, 1))[1]
    length = sampling.frames // sampling.segments
    extent, average = length * sampling.stride, total // sampling.segments
    if average >= extent:
        offsets = [int((average - extent) * number / parts) + segment * average for segment in range(sampling.segments)]
    else:
        apart = (total - extent) / sampling.segments
        offsets = [int(apart * number / parts) + int(segment * apart) for segment in range(sampling.segments)]
    return tuple(offset + step * sampling.stride for offset in offsets for step in range(length))


def start_of(video: Video, sampling: Sampling) -> int:
    """The frame at which the clip was asked to begin: the one shown at that time."""
    if sampling.start_frame is not None:
        first = sampling.start_frame
        if not 0 <= first < len(video):
            raise OptionError(
                f"{video.path}: has no frame {first}",
                fact=f"its frames are 0 to {len(video) - 1}",
                hint=Use("start", 0),
            )
        return first
    assert_inside(video, sampling.start or 0.0)
    return max(0, int(np.searchsorted(video.times, (sampling.start or 0.0) + 1e-9, side="right")) - 1)


def assert_inside(video: Video, start: float) -> None:
    """An error for a second that the video does not have."""
    if not 0 <= start < video.seconds:
        raise OptionError(
            f"{video.path}: has no second {start:g}", fact=f"it lasts {video.seconds:.2f} s", hint=Use("start", 0)
        )


def at_rate(video: Video, sampling: Sampling) -> tuple[int, ...]:
    """At every instant the frame that is shown then, by the true times."""
    rate = sampling.fps or video.fps
    length = (sampling.frames - 1) / rate
    if sampling.start is not None or sampling.start_frame is not None:
        begin = video.times[start_of(video, sampling)]
    elif sampling.part is not None:
        begin = max(0.0, video.times[-1] - length) * (sampling.part[0] - 1) / sampling.part[1]
    else:
        begin = max(0.0, (video.times[-1] - length) / 2)
    instants = begin + np.arange(sampling.frames) / rate
    if instants[-1] > video.times[-1] + 0.5 / video.fps and not sampling.loop:
        raise too_short(
            video,
            sampling,
            f"{length:.2f} s from {begin:.2f} s on are needed, {video.times[-1] - begin:.2f} s are there",
            rate_that_fits(video, begin, sampling.frames),
        )
    shown = np.searchsorted(video.times, np.mod(instants, video.seconds) + 1e-9, side="right") - 1
    return tuple(int(number) for number in shown)


def tile(video: Video, sampling: Sampling) -> tuple[Sampling, ...]:
    """Clips that cover a whole video: each begins half a clip after the one before, and the last ends with the
    video.
    """
    plain = replace(sampling, part=None, start=None, start_frame=None)
    if sampling.fps is not None:
        length = (sampling.frames - 1) / sampling.fps
        last = video.times[-1] - length
        return (
            *(replace(plain, start=float(begin)) for begin in np.arange(0, last, length / 2 or 1 / sampling.fps)),
            replace(plain, start=max(0.0, last)),
        )
    span = (sampling.frames - 1) * sampling.stride + 1
    last_frame = max(0, len(video) - span)
    begins = (*range(0, last_frame, max(1, span // 2)), last_frame)
    return tuple(replace(plain, start_frame=begin) for begin in begins)


def what_fits(total: int, first: int, span: int, sampling: Sampling) -> Use:
    """The latest start, else the largest stride, that leaves room for the clip; else to begin again."""
    if first and span <= total:
        return Use("start", total - span)
    stride = (total - 1 - first) // (sampling.frames - 1) if sampling.frames > 1 else 0
    return Use("stride", stride) if stride else Use("loop")


def rate_that_fits(video: Video, begin: float, frames: int) -> Use:
    """The lowest rate, in hundredths, at which the clip ends with the video; else to begin again."""
    left = video.times[-1] - begin
    rate = ceil(100 * (frames - 1) / left) / 100 if left > 0 else inf
    return Use("fps", rate) if rate <= video.fps else Use("loop")


def too_short(video: Video, sampling: Sampling, fact: str, hint: Use) -> VideoError:
    """The error of a video that ends before its clip does."""
    return VideoError(
        f"{video.path}: {len(video)} frames are too few for a clip of {sampling.frames}", fact=fact, hint=hint
    )
