"""An evaluation as a folder: numbers, the scores of every item and a picture of what is taken for what."""

import json
import shutil
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch
from torch import nn

from dtfviz.core.errors import OptionError, OutputError, Use
from dtfviz.core.jobs.facts import model_facts, model_inputs
from dtfviz.core.jobs.fulfil import Done, put, read_drawing, read_manifest, read_result
from dtfviz.core.jobs.request import Request
from dtfviz.core.learning.datasets import MotionSet, read_set
from dtfviz.core.learning.evaluate import Data, Exam, collect, conclude, evaluate, scored
from dtfviz.core.learning.together import decide, process_group, wait_for_all
from dtfviz.core.learning.wishes import MOTION
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.render.drawing import Drawing
from dtfviz.core.results.evaluation import Evaluation
from dtfviz.core.store.runs import Facts, Place, find_place, writing

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
    """Evaluate, or go on with what was begun."""
    inputs = exam_inputs(exam, card_of(model))
    stem = MOTION if isinstance(exam.data, MotionSet) else Path(exam.data.source).stem
    with process_group(torch.device("cpu")) as share:  # the processes only wait for each other, which takes no GPU
        out, overwrite = request.out, request.overwrite
        place = decide(lambda: find_place("evaluate", stem, inputs, out=out, overwrite=overwrite), share)
        unfinished = unfinished_at(place)
        if not place.is_up_to_date:
            on_item = partial(request.on_step, "items")
            try:
                evaluate(model, exam, unfinished, batch=pace.batch, workers=pace.workers, share=share, on_item=on_item)
            except KeyboardInterrupt:
                done = len(scored(unfinished))
                request.say(f"scored {done} of {len(exam.data)}; the same command goes on from there")
                raise
            wait_for_all(share)
        return decide(lambda: finish(model, exam, place, drawing, request), share)


def unfinished_at(place: Place) -> Path:
    """Where scores wait until all are there: known by what they depend on, so that only the same evaluation goes on
    with them.
    """
    return place.folder.parent / f".evaluate-{place.key[:12]}"


def finish(model: nn.Module, exam: Exam, place: Place, drawing: Drawing, request: Request) -> Done[Evaluation]:
    """From scores to a folder. A finished evaluation is at most drawn anew."""
    held, unfinished = place.is_up_to_date, unfinished_at(place)
    lines = collect([place.folder / SCORES] if held else unfinished.glob("*.jsonl"))
    if len(lines) < len(exam.data):
        missing = f"the scores of {len(exam.data) - len(lines)} of {len(exam.data)} items are missing"
        raise OutputError(
            f"{place.folder if held else unfinished}: {missing}",
            fact="all processes must see the same folder, and nothing may be taken from it",
            hint=Use("overwrite"),
        )
    if held and read_drawing(place.folder) == drawing:
        return Done(place.folder, False, read_result(place.folder), read_manifest(place.folder))
    found = conclude(exam, card_of(model), lines)
    manifest = model_facts(model, request.command_line)
    manifest |= {"data": exam.data.facts(), "protocol": asdict(exam.protocol), "drawing": asdict(drawing)}
    with writing(place, manifest) as folder:
        (folder / SCORES).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        put(found, drawing, folder, request)
    shutil.rmtree(unfinished, ignore_errors=True)
    return Done(place.folder, True, found, manifest)
