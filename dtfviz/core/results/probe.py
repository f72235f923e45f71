"""What of a video is fed to a model."""

from dataclasses import dataclass

from dtfviz.core.results.places import Cells


@dataclass(frozen=True)
class Probe:
    """Which frames and pixels of a video a model sees, and how a layer divides them."""

    video: str
    sha256: str
    codec: str
    width: int  # as shown, after rotation
    height: int
    rotation: int  # degrees counter-clockwise, applied once
    fps: float
    frames: int  # of the whole video
    seconds: float
    model: str
    size: tuple[int, int]  # height and width of what the model sees
    indices: tuple[int, ...]
    times: tuple[float, ...]  # seconds from the first frame
    crop: str
    box: tuple[int, int, int, int]  # left, top, width, height in the source
    layer: str
    grid: tuple[int, int, int]  # steps, rows and columns of that layer
    placed: Cells  # where its steps and positions are in the clip
    step_times: tuple[float, ...]  # seconds of their centres; none where a clip decides
    cell: tuple[float, float]  # from one of its positions to the next, down and across, in source pixels
    first_cell: tuple[float, float]  # x and y of the centre of the first, in source pixels
    frames_of_step: tuple[tuple[int, ...], ...]  # the video's frames that are nearest to each step; none likewise
