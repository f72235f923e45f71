"""An evaluation as a folder: numbers, the scores of every item and a picture of what is taken for what."""

import json
import shutil
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch
from torch import nn

from dtfviz.core.errors import InputError, OptionError, OutputError, Use
from dtfviz.core.jobs.facts import model_facts, model_inputs
from dtfviz.core.jobs.fulfil import Run, fulfil
from dtfviz.core.jobs.kept import Done
from dtfviz.core.jobs.request import Request
from dtfviz.core.learning.datasets import MotionSet, read_set
from dtfviz.core.learning.evaluate import Data, Exam, Line, collect, conclude, evaluate, scored
from dtfviz.core.learning.together import process_group, wait_for_all
from dtfviz.core.learning.wishes import MOTION
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.render.drawing import Drawing
from dtfviz.core.results.evaluation import Evaluation
from dtfviz.core.store.runs import Facts, Place, unfinished_at

SCORES = "scores.jsonl"  # a line an item


@dataclass(frozen=True)
class Generated:
    """Which generated clips were asked for; None where nothing was."""

    difficulty: float | None = None
    length: int | None = None


USUAL = Generated()


def find_data(source: str, card: Card, root: str | None = None, generated: Generated = USUAL) -> Data:
    """Held-out clips as the model takes them, or the videos of a list or folder."""
    said = {key: value for key, value in asdict(generated).items() if value is not None}
    if source == MOTION:
        return MotionSet(frames=card.frames, size=card.size, **said)
    if said:
        named = " and a ".join(said)
        raise OptionError(f"only generated motion has a {named}", fact=f"the data are {source}")
    return read_set(Path(source), root=Path(root) if root else None, num_classes=card.num_classes)


def exam_inputs(exam: Exam, card: Card) -> Facts:
    """All that the scores depend on."""
    asked = asdict(exam.protocol) | {"stride": exam.protocol.stride or card.stride}
    if exam.protocol.order != "shuffled":
        del asked["seed"]
    return model_inputs(card) | {"data": exam.data.facts(), "labels": exam.labels, "protocol": asked}


@dataclass(frozen=True)
class Pace:
    """How fast items go through the model; it changes nothing of what is found."""

    batch: int = 8  # views that go through together
    workers: int = 2  # processes that make clips ahead of the model


def evaluate_folder(model: nn.Module, exam: Exam, pace: Pace, drawing: Drawing, request: Request) -> Done[Evaluation]:
    """Evaluate, or go on with what was begun. A finished evaluation is at most drawn anew."""
    card = card_of(model)
    stem = MOTION if isinstance(exam.data, MotionSet) else Path(exam.data.source).stem
    with process_group(torch.device("cpu")) as share:  # the processes only wait for each other, which takes no GPU

        def compute(place: Place) -> Evaluation:
            unfinished, on_item = unfinished_at(place), partial(request.on_step, "items")
            try:
                evaluate(model, exam, unfinished, batch=pace.batch, workers=pace.workers, share=share, on_item=on_item)
            except KeyboardInterrupt:
                done = len(scored(unfinished))
                request.say(f"scored {done} of {len(exam.data)}; the same command goes on from there")
                raise
            wait_for_all(share)
            return conclude(exam, card, lines_of(exam, unfinished))

        def facts(found: Evaluation, files: list[str]) -> Facts:
            asked = {"data": exam.data.facts(), "protocol": asdict(exam.protocol), "drawing": asdict(drawing)}
            return model_facts(model, request.command_line) | asked

        inputs = exam_inputs(exam, card)
        run = Run("evaluate", stem, inputs, drawing, compute, facts, add=partial(add_scores, exam), is_redrawn=True)
        return fulfil(run, request, share)


def lines_of(exam: Exam, unfinished: Path) -> list[Line]:
    """The scores that all processes wrote down; an error where some are missing."""
    lines = collect(unfinished.glob("*.jsonl"))
    if len(lines) < len(exam.data):
        raise OutputError(
            f"{unfinished}: the scores of {len(exam.data) - len(lines)} of {len(exam.data)} items are missing",
            fact="all processes must see the same folder, and nothing may be taken from it",
            hint=Use("overwrite"),
        )
    return lines


def add_scores(exam: Exam, place: Place, folder: Path) -> None:
    """The scores of every item, a line each."""
    kept = place.folder / SCORES
    if place.is_up_to_date:
        if not kept.is_file():
            raise InputError(f"{kept}: is missing", fact="the evaluation wrote it", hint=Use("overwrite"))
        shutil.copyfile(kept, folder / SCORES)
        return
    lines = lines_of(exam, unfinished_at(place))
    (folder / SCORES).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
