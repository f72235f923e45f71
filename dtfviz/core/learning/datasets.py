"""What models are trained and evaluated on: generated motion, a folder of videos by class, or a list file of the
authors' kind.

Each set has items with a label and a name. Items of a VideoSet are files, read like any other video; items of a
MotionSet are drawn when they are asked for, from seeds that no training ever uses.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dtfviz.core.counts import count_of
from dtfviz.core.errors import InputError, Try
from dtfviz.core.media.clip import Box, Clip, Video
from dtfviz.core.media.folder import FOLDER_FPS, IMAGES, natural
from dtfviz.core.media.motion import CLASSES, Motion, draw_motion
from dtfviz.core.store.files import list_folder, read_text, stamp_of

VIDEOS = (".mp4", ".webm", ".mkv", ".avi", ".mov", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".3gp", ".ts", ".gif")
MOST_CLASSES = 100_000  # of a list that says no number: a model for one label of a thousand million fills the memory
SEEDS = 1 << 31  # trainings that can be told apart by their seed, and clips of each
HELD_OUT = SEEDS * SEEDS  # seeds of clips to evaluate on begin here; those of training end below


def training_seed(seed: int, number: int) -> int:
    """The seed of a training's generated clip."""
    return seed * SEEDS + number


def generator_facts() -> dict[str, Any]:
    """Generated motion as it is drawn today: a clip tells one version of the generator from another."""
    drawn = draw_motion(None, HELD_OUT - 1, difficulty=0.5)
    return {"kind": "generated motion", "sample": hashlib.sha256(drawn.frames.tobytes()).hexdigest()}


@dataclass(frozen=True)
class MotionSet:
    """Held-out clips of generated motion, the classes in turn: the same ones wherever they are drawn."""

    length: int = 280
    difficulty: float = 0.4
    frames: int = 16
    size: int = 64
    classes: tuple[str, ...] = tuple(CLASSES)

    def __len__(self) -> int:
        return self.length

    @property
    def num_classes(self) -> int:
        return len(self.classes)

    def label(self, index: int) -> int:
        return index % self.num_classes

    def name(self, index: int) -> str:
        return f"{self.classes[self.label(index)]}-{index}"

    def motion(self, index: int) -> Motion:
        """The clip with all that is known of it: where the object is, and where it goes."""
        return draw_motion(
            self.label(index), HELD_OUT + index, difficulty=self.difficulty, frames=self.frames, size=self.size
        )

    def clip(self, index: int) -> Clip:
        return clip_of(self.motion(index), self.name(index))

    def facts(self) -> dict[str, Any]:
        return generator_facts() | {"items": self.length, "difficulty": self.difficulty}


def clip_of(motion: Motion, name: str) -> Clip:
    """A generated clip in the form in which the analyses take videos."""
    frames = motion.frames
    count, height, width = frames.shape[:3]
    times = tuple(number / FOLDER_FPS for number in range(count))
    video = Video(
        Path(name), hashlib.sha256(frames.tobytes()).hexdigest(), "generated", width, height, 0, FOLDER_FPS, times
    )
    return Clip(video, frames, tuple(range(count)), times, Box(0, 0, width, height), "full")


@dataclass(frozen=True)
class Item:
    """A line of a data set."""

    path: Path  # a video, or a folder of numbered images
    label: int


@dataclass(frozen=True)
class VideoSet:
    """Videos with their classes."""

    items: tuple[Item, ...]
    num_classes: int
    classes: tuple[str, ...] | None = None  # names, where they are known
    source: str = ""  # the list or folder they were read from

    def __len__(self) -> int:
        return len(self.items)

    def label(self, index: int) -> int:
        return self.items[index].label

    def path(self, index: int) -> Path:
        return self.items[index].path

    def name(self, index: int) -> str:
        return str(self.items[index].path)

    def facts(self) -> dict[str, Any]:
        """The set by what it holds: changes when a file is added, renamed, relabelled or gets another length."""
        digest = hashlib.sha256()
        for item in self.items:
            line = f"{item.path}\t{item.label}\t{stamp_of(item.path)[0]}\n"
            digest.update(line.encode(errors="surrogateescape"))
        return {
            "kind": "videos",
            "source": self.source,
            "items": len(self),
            "classes": self.num_classes,
            "sha256": digest.hexdigest(),
        }


def read_set(path: Path, *, root: Path | None = None, num_classes: int | None = None) -> VideoSet:
    """A folder with a sub-folder a class, or a list file, whose labels are then checked against the number of
    classes.
    """
    if not os.path.exists(path):
        raise InputError(
            f"{path}: does not exist",
            fact="data are `motion`, a list file or a folder with a sub-folder a class",
            hint=Try(("ls", "-d", path)),
        )
    return read_folder(path) if os.path.isdir(path) else read_list(path, root=root, num_classes=num_classes)


# --- list files -------------------------------------------------------------------------------------------------------
def read_list(path: Path, *, root: Path | None = None, num_classes: int | None = None) -> VideoSet:
    """The authors' list files: `path frames label` a line, where the path may hold spaces and is relative to `root` or
    the list.

    Every line is checked before any video is read. The number of frames is what the list's author counted; the videos'
    own is used.
    """
    text = read_text(path, "a list of videos")
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines:
        raise InputError(f"{path}: lists no videos", fact="it has no lines", hint="a line a video: path frames label")
    read = [(number, read_line(line, root or path.parent, num_classes)) for number, line in lines]
    wrong = [(number, found) for number, found in read if isinstance(found, str)]
    if wrong:
        number, what = wrong[0]
        raise InputError(
            f"{path}, line {number}: {what}",
            fact=f"{len(wrong)} of {len(lines)} lines are wrong",
            hint=Try(("sed", "-n", f"{number}p", path)),
        )
    items = tuple(found for _, found in read if isinstance(found, Item))
    return VideoSet(items, num_classes or 1 + max(item.label for item in items), source=str(path))


def read_line(line: str, root: Path, num_classes: int | None) -> Item | str:
    """The item of a line, or what is wrong with it."""
    words = line.strip().rsplit(maxsplit=2)
    frames, label = map(count_of, words[1:]) if len(words) == 3 else (None, None)
    if frames is None or label is None:
        return f"{line.strip()[:80]!r} is not a path, its number of frames and a label"
    video = root / words[0]
    if label >= (num_classes or MOST_CLASSES):
        return f"label {label} is out of range, the classes are 0 to {(num_classes or MOST_CLASSES) - 1}"
    return Item(video, label) if os.path.exists(video) else f"{video} does not exist"


# --- folders ----------------------------------------------------------------------------------------------------------
def read_folder(path: Path) -> VideoSet:
    """A sub-folder a class, named by it, with videos or folders of numbered images inside; in the order of their
    names.
    """
    classes = sorted(subfolders(path), key=natural)
    if not classes:
        raise InputError(
            f"{path}: has no folders of classes", fact="a data set has a sub-folder a class", hint=Try(("ls", path))
        )
    items = []
    for label, folder in enumerate(classes):
        videos = sorted((entry for entry in list_folder(folder) if is_video(entry)), key=natural)
        if not videos:
            raise InputError(
                f"{folder}: holds no videos",
                fact=f"videos are {', '.join(VIDEOS)} and folders of images",
                hint=Try(("ls", folder)),
            )
        items += [Item(video, label) for video in videos]
    return VideoSet(tuple(items), len(classes), tuple(folder.name for folder in classes), str(path))


@dataclass(frozen=True)
class FoundVideo:
    """A video in a folder, and the sub-folder that it lies in."""

    path: Path
    name: str  # from the folder on
    group: str  # the sub-folder that holds it, if one does


def find_videos(path: Path) -> tuple[FoundVideo, ...]:
    """The videos of a folder and of its sub-folders, in the order of their names: no classes are needed."""
    found = []
    for entry in sorted(list_folder(path), key=natural):
        if is_video(entry):
            found.append(FoundVideo(entry, entry.name, ""))
        elif os.path.isdir(entry) and not entry.name.startswith("."):
            inside = sorted((one for one in list_folder(entry) if is_video(one)), key=natural)
            found += [FoundVideo(one, f"{entry.name}/{one.name}", entry.name) for one in inside]
    if not found:
        raise InputError(
            f"{path}: holds no videos",
            fact=f"videos are {', '.join(VIDEOS)} and folders of images",
            hint=Try(("ls", path)),
        )
    return tuple(found)


def subfolders(path: Path) -> list[Path]:
    """Those of a folder that are not hidden."""
    return [entry for entry in list_folder(path) if os.path.isdir(entry) and not entry.name.startswith(".")]


def holds_videos(path: str | None) -> bool:
    """Whether what was named is a folder of videos, and no video itself."""
    return path is not None and os.path.isdir(path) and not is_video(Path(path))


def is_video(path: Path) -> bool:
    """A file of a known kind, or a folder of images. Of one that cannot be looked into its reader says so."""
    if not os.path.isdir(path):
        return path.suffix.lower() in VIDEOS
    try:
        return any(file.suffix.lower() in IMAGES for file in list_folder(path))
    except InputError:
        return True
