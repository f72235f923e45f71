"""An evaluation: every item of a data set through a model, each item's scores written down once it is finished.

Items go through the model in groups that depend on their numbers alone: whoever scores a group, when, and after how
many interruptions, comes to the same numbers. What was written down is all that the result is made of.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import Dataset

from dtfviz.core.analysis.predict import scores_of
from dtfviz.core.errors import DeviceError, InputError, OptionError, Try, Use, VideoError
from dtfviz.core.learning.datasets import MotionSet, VideoSet
from dtfviz.core.learning.feed import Share, feed
from dtfviz.core.learning.journal import add_line
from dtfviz.core.media.clip import Clip, reorder
from dtfviz.core.media.reading import read_crops
from dtfviz.core.media.sampling import ClipChoice
from dtfviz.core.media.video import open_video
from dtfviz.core.models.answers import HIGHEST, Moment, settling
from dtfviz.core.models.borrow.cut import evaluating
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.models.inputs import device_of, normalise, samplings_for
from dtfviz.core.results.evaluation import Evaluation, Protocol
from dtfviz.core.store.folders import not_writable
from dtfviz.core.store.runs import read_lines

Data = MotionSet | VideoSet
Line = Mapping[str, Any]  # item, name, label, and either scores or why it failed


@dataclass(frozen=True)
class Exam:
    """What a model is asked: the items, what is shown of them, and the right answers."""

    data: Data
    protocol: Protocol
    labels: tuple[int, ...]  # of the model's classes, one an item


def make_exam(data: Data, protocol: Protocol, card: Card) -> Exam:
    """With the model's own numbers for the classes of the data."""
    if isinstance(data, MotionSet) and (protocol.views > 1 or protocol.stride or protocol.loop):
        raise OptionError(
            "a generated clip has one view",
            fact="it is as long and as large as the model takes",
            hint=Try(("dtfviz", "evaluate", "VIDEOS", "...")),
        )
    if protocol.pooled and not card.answer.is_timeline:
        raise OptionError(f"{card.name} answers once for the whole clip", fact="nothing is to be pooled over time")
    numbers = match_classes(data, card)
    return Exam(data, protocol, tuple(numbers[data.label(item)] for item in range(len(data))))


def match_classes(data: Data, card: Card) -> Sequence[int]:
    """The model's number of each class of the data: by name where both have names, else they must be as many."""
    if data.classes and card.classes:
        unknown = [name for name in data.classes if name not in card.classes]
        if unknown:
            raise OptionError(
                f"{source_of(data)}: {card.name} has no class called {unknown[0]!r}",
                fact=f"{len(unknown)} of the {data.num_classes} classes are none of the model's {card.num_classes}",
                hint=Use("labels", "NAMES") if isinstance(data, VideoSet) else "evaluate videos, or another checkpoint",
            )
        return [card.classes.index(name) for name in data.classes]
    if data.classes and data.num_classes != card.num_classes:
        raise OptionError(
            f"{source_of(data)}: has {data.num_classes} classes, {card.name} has {card.num_classes}",
            fact="the model's classes have no names to go by",
            hint=Use("labels", "NAMES") if isinstance(data, VideoSet) else Use("checkpoint", "MODEL"),
        )
    return range(card.num_classes)


def source_of(data: Data) -> str:
    """Where the items come from, in words."""
    return data.source if isinstance(data, VideoSet) else f"generated motion, difficulty {data.difficulty:g}"


# --- what is shown ----------------------------------------------------------------------------------------------------
class Reading(NamedTuple):
    """What came of reading one item."""

    item: int
    views: (
        NDArray[np.uint8] | None
    )  # (views, frames, height, width, RGB); an array, as workers would put tensors in shared memory
    reason: str = ""  # why there are none


class Views(Dataset[Reading]):
    """The items of an exam as a model of that card is shown them."""

    def __init__(self, exam: Exam, card: Card) -> None:
        self.exam, self.card = exam, card

    def __getitem__(self, item: int) -> Reading:
        asked = self.exam.protocol
        try:
            clips = [reorder(clip, asked.order, (asked.seed, item, view)) for view, clip in enumerate(self.read(item))]
        except VideoError as error:
            return Reading(item, None, error.message)
        return Reading(item, np.stack([clip.frames for clip in clips]))

    def read(self, item: int) -> Iterator[Clip]:
        data, asked, card = self.exam.data, self.exam.protocol, self.card
        if isinstance(data, MotionSet):
            yield data.clip(item)
            return
        video = open_video(data.path(item))
        for sampling in samplings_for(card, asked.clips, ClipChoice(stride=asked.stride, loop=asked.loop)):
            yield from read_crops(video, sampling, card.size, asked.crops)


# --- scores -----------------------------------------------------------------------------------------------------------
def groups_of(exam: Exam, batch: int) -> list[list[int]]:
    """Items that go through the model together: as many as have `batch` views."""
    count, size = len(exam.data), max(1, batch // exam.protocol.views)
    return [list(range(first, min(first + size, count))) for first in range(0, count, size)]


def evaluate(
    model: nn.Module,
    exam: Exam,
    folder: Path,
    *,
    batch: int,
    workers: int,
    share: Share,
    on_item: Callable[[int, int], None],  # (done, total) of this process
) -> None:
    """Write down the scores of this process's share of the groups into the folder, but for what stands there
    already.
    """
    mine, known = groups_of(exam, batch)[share.rank :: share.ranks], scored(folder)
    todo = [group for group in mine if not known.issuperset(group)]
    total = sum(map(len, mine))
    done = total - sum(map(len, todo))
    on_item(done, total)
    if not todo:
        return
    path = new_log(folder)
    with evaluating(model):
        for readings in feed(Views(exam, card_of(model)), todo, workers=workers, collate=list):
            for line in answer(model, exam, readings, batch):
                add_line(path, line)
            done += len(readings)
            on_item(done, total)


@torch.no_grad()
def answer(model: nn.Module, exam: Exam, readings: Sequence[Reading], batch: int) -> Iterator[Line]:
    """A line an item of a group."""
    for item, views, reason in readings:
        if views is None:
            yield {"item": item, "name": exam.data.name(item), "label": exam.labels[item], "failed": reason}
    read = [(item, views) for item, views, _ in readings if views is not None]
    if not read:
        return
    whole = torch.from_numpy(np.concatenate([views for _, views in read]))
    scores = torch.cat([score(model, part, exam.protocol) for part in whole.split(batch)])
    means = scores.double().unflatten(0, (len(read), -1)).mean(1).float().numpy()
    for (item, _), mean in zip(read, means, strict=True):
        # the shortest decimals that give back the same float32
        yield {
            "item": item,
            "name": exam.data.name(item),
            "label": exam.labels[item],
            "scores": [float(str(value)) for value in mean],
        }


def score(model: nn.Module, views: Tensor, protocol: Protocol) -> Tensor:
    """[B, F, H, W, 3] of uint8 as probabilities [B, classes]."""
    card, device = card_of(model), device_of(model)
    moment = Moment(pooled=protocol.pooled or HIGHEST)
    try:
        x = normalise(views.to(device).permute(0, 4, 1, 2, 3), card)
        return scores_of(model, x, settling(card.answer, moment, ()))
    except torch.OutOfMemoryError as error:
        raise DeviceError(
            f"{len(views)} views at a time are too many for the memory of {device}",
            fact=str(error).splitlines()[0],
            hint=Use("batch", len(views) // 2) if len(views) > 1 else Use("device", "cpu"),
        ) from error


# --- what was written down --------------------------------------------------------------------------------------------
def new_log(folder: Path) -> Path:
    """A file for this process alone: what a kill cut short stays in the file of the process that was killed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(suffix=".jsonl", dir=folder, delete=False) as file:
            return Path(file.name)
    except OSError as error:
        raise not_writable(folder, error) from error


def scored(folder: Path) -> set[int]:
    """The items that have scores. One that could not be read is tried again."""
    return {line["item"] for line in collect(folder.glob("*.jsonl")) if "scores" in line}


def collect(paths: Iterable[Path]) -> list[Line]:
    """One line an item, in order; scores count more than that a reading failed once."""
    lines = [line for path in paths for line in read_lines(path, item=int, name=str, label=int)]
    by_item = {line["item"]: line for line in sorted(lines, key=lambda line: "scores" in line)}
    return [by_item[item] for item in sorted(by_item)]


def conclude(exam: Exam, card: Card, lines: Sequence[Line]) -> Evaluation:
    """What the lines of all items come to; an error where there is nothing to conclude from."""
    read, failed = ([line for line in lines if key in line] for key in ("scores", "failed"))
    if not read:
        raise InputError(
            "none of the videos can be read",
            fact=failed[0]["failed"],
            hint=Try(("dtfviz", "probe", Path(failed[0]["name"]))),
        )
    return Evaluation(
        model=card.name,
        trust=card.trust,
        data=source_of(exam.data),
        protocol=exam.protocol,
        num_classes=card.num_classes,
        classes=card.classes or exam.data.classes,
        classes_note=card.classes_note,
        names=tuple(line["name"] for line in read),
        labels=np.array([line["label"] for line in read], np.int64),
        scores=np.array([line["scores"] for line in read], np.float32),
        failed=tuple((line["name"], line["failed"]) for line in failed),
        activation=card.answer.activation,
    )
