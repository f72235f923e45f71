"""Folders of numbered images, which are videos too."""

import hashlib
import re
from pathlib import Path

import cv2
import numpy as np

from dtfviz.core.errors import Try, VideoError
from dtfviz.core.media.clip import Picture, Video
from dtfviz.core.store.files import check_file, list_folder

IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
FOLDER_FPS = 25.0  # a folder of images says nothing of time


def open_folder(path: Path) -> Video:
    """Numbered images, in the order of their numbers."""
    images = sorted((file for file in list_folder(path, VideoError) if file.suffix.lower() in IMAGES), key=natural)
    if not images:
        raise VideoError(
            f"{path}: is a folder without images",
            fact=f"images are {', '.join(IMAGES)}",
            hint="name a video or a folder of frames",
        )
    height, width = read_image(images[0]).shape[:2]
    digest = hashlib.sha256()
    for image in images:
        digest.update(image.name.encode(errors="surrogateescape") + read_bytes(image))
    times = tuple(number / FOLDER_FPS for number in range(len(images)))
    return Video(
        path, digest.hexdigest(), images[0].suffix[1:], width, height, 0, FOLDER_FPS, times, images=tuple(images)
    )


def read_image(path: Path, like: Video | None = None) -> Picture:
    """A frame of a folder, in RGB."""
    try:
        stored = cv2.imdecode(np.frombuffer(read_bytes(path), np.uint8), cv2.IMREAD_COLOR)
    except (cv2.error, MemoryError) as error:  # OpenCV's are about empty files and pictures beyond its limits
        raise no_image(path, str(error).strip()) from error
    if stored is None:
        raise VideoError(f"{path}: cannot be read as an image", hint=Try(("file", path)))
    if like is not None and stored.shape[:2] != (like.height, like.width):
        size = f"{stored.shape[1]} x {stored.shape[0]}"
        raise VideoError(f"{path}: is {size} pixels, the first image of the folder {like.width} x {like.height}")
    return np.asarray(cv2.cvtColor(stored, cv2.COLOR_BGR2RGB), np.uint8)


def read_bytes(path: Path) -> bytes:
    """Of one image."""
    check_file(path, "a frame", VideoError)
    try:
        return path.read_bytes()
    except (OSError, MemoryError) as error:
        raise no_image(path, getattr(error, "strerror", None) or "it is too large") from error


def no_image(path: Path, fact: str) -> VideoError:
    """The error for what is no picture."""
    return VideoError(f"{path}: cannot be read as an image", fact=fact, hint=Try(("ls", "-l", path)))


def natural(path: Path) -> list[tuple[int, str]]:
    """Frame 10 after frame 9."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", path.name)]
