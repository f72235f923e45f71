"""Good files, made once; cases damage copies of them."""

from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from shutil import copy

import av
import matplotlib.font_manager  # noqa: F401  # reads and caches the fonts of a machine, once
import numpy as np
import torch
from cv2 import imwrite
from fuzz.world import run
from recipe import fill_seeded
from safetensors.torch import save_file
from torch import nn
from videos import picture, write_video

import dtfviz
from dtfviz.core.models.building import build_model
from dtfviz.core.models.loading.load import record_of
from dtfviz.core.store.checkpoint import write_checkpoint

CHECKPOINTS = ("own.safetensors", "plain.safetensors", "training.pth", "zip.pth", "legacy.pth")
CLASSES = ("clap", "wave", "walk")
COUNT = 12  # frames of a video
LARGEST = 500_000  # bytes of one
SMALL = {"widths": (8, 16, 24, 32), "stem_width": 8, "num_classes": len(CLASSES)}


def import_all() -> None:
    """All of dtfviz: what is forked from here then begins at once."""
    for module in walk_packages(dtfviz.__path__, "dtfviz."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


def tiny() -> nn.Module:
    """A trained-looking net of some kilobytes, with the layers of a large one."""
    return fill_seeded(build_model("dtf_net_motion", frames=4, size=16, **SMALL), 1)


def fill(folder: Path) -> None:
    """A checkpoint of every kind, videos, a folder of frames, names of classes, a list."""
    model = tiny()
    state = model.state_dict()
    write_checkpoint(folder / "own.safetensors", state, record_of(model, {"file": "tiny.pth"}))
    save_file(state, folder / "plain.safetensors")
    torch.save({"model": {f"module.{name}": tensor for name, tensor in state.items()}}, folder / "training.pth")
    torch.save(state, folder / "zip.pth")
    torch.save(state, folder / "legacy.pth", _use_new_zipfile_serialization=False)
    (folder / "names.txt").write_text("\n".join(CLASSES))
    for number in range(2):
        write_video(folder / f"{number}.mp4", COUNT)
    fill_frames(folder)
    (folder / "containers").mkdir()
    for name in sorted(av.formats_available):
        fill_container(name, folder / "containers")


def fill_frames(folder: Path) -> None:
    """The frames of a video, a folder of videos, a list, and a finished run."""
    for name in ("frames", "videos"):
        (folder / name).mkdir()
    for number in range(COUNT):
        imwrite(str(folder / "frames" / f"{number}.png"), picture(number))
    for number in range(2):
        copy(folder / f"{number}.mp4", folder / "videos")
    (folder / "list.txt").write_text(f"0.mp4 {COUNT} 0\n1.mp4 {COUNT} 1\n")
    run(("gradcam", str(folder / "0.mp4"), "--checkpoint", str(folder / "own.safetensors"), "-o", str(folder / "run")))


def fill_container(name: str, folder: Path) -> None:
    """A short video in one of FFmpeg's containers, if it holds videos and can be written here."""
    path = folder / f"clip.{name.partition(',')[0]}"
    try:
        if not av.ContainerFormat(name, "w").no_file:  # neither a device nor a server
            encode(path, name)
        with av.open(str(path)) as container:
            is_good = sum(1 for _ in container.decode(video=0)) == COUNT
    except (av.error.FFmpegError, av.codec.codec.UnknownCodecError, ValueError, IndexError, OSError):
        is_good = False
    if not is_good or path.stat().st_size > LARGEST:
        path.unlink(missing_ok=True)


def encode(path: Path, name: str) -> None:
    """Pictures of a size that every codec takes."""
    with av.open(str(path), "w", format=name) as container:
        stream = container.add_stream(container.default_video_codec, rate=25)
        stream.codec_context.thread_count = 1
        formats = stream.codec.video_formats
        stream.width, stream.height, stream.pix_fmt = 128, 96, formats[0].name if formats else "yuv420p"
        for number in range(COUNT):
            pixels = np.full((96, 128, 3), number * 20, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=stream.pix_fmt)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
