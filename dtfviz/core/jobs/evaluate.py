"""An evaluation as a folder: numbers, the scores of every item and a picture of what is taken for what."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from dtfviz.core.errors import OptionError, OutputError
from dtfviz.core.jobs.facts import model_facts, model_inputs
from dtfviz.core.learning.datasets import MOTION, MotionSet, read_set
from dtfviz.core.learning.evaluate import Data, Exam, Line, collect, conclude, evaluate, scored
from dtfviz.core.learning.together import decide, process_group, wait_for_all
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.render.documents import evaluation_document
from dtfviz.core.render.evaluation import confusion_figure
from dtfviz.core.render.style.figures import PAGE, save_figure
from dtfviz.core.results.evaluation import Evaluation
from dtfviz.core.store.runs import MANIFEST, Place, find_place, writing

NUMBERS, SCORES, COUNTS, PICTURE = "evaluation.json", "scores.jsonl", "confusion.json", "confusion.png"


@dataclass(frozen=True)
class Drawing:
    dpi: int = 200
    width: float = PAGE
    has_caption: bool = True


def find_data(source: str, card: Card, *, root: str | None = None, **generated: Any) -> Data:
    """Held-out clips as the model takes them, or the videos of a list or folder. `generated`: length and difficulty,
    None where unsaid.
    """
    said = {key: value for key, value in generated.items() if value is not None}
    if source == MOTION:
        return MotionSet(frames=card.frames, size=card.size, **said)
    if said:
        raise OptionError(
            f"{' and '.join(f'--{key}' for key in said)} are of generated motion", fact=f"the data are {source}"
        )
    return read_set(Path(source), root=Path(root) if root else None, num_classes=card.num_classes)


def exam_inputs(exam: Exam, card: Card) -> dict[str, Any]:
    """All that the scores depend on."""
    asked = asdict(exam.protocol) | {"stride": exam.protocol.stride or card.stride}
    if exam.protocol.order != "shuffled":
        del asked["seed"]
    return model_inputs(card) | {"data": exam.data.facts(), "labels": exam.labels, "protocol": asked}


def evaluate_folder(
    model: nn.Module,
    exam: Exam,
    drawing: Drawing,
    command_line: Sequence[str],
    *,
    batch: int,
    workers: int,
    out: str | None = None,
    overwrite: bool = False,
    say: Callable[[str], None],
    on_item: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Path, bool, Evaluation]:
    """Evaluate, or go on with what was begun: where, whether anything had to be done, and what was found."""
    inputs = exam_inputs(exam, card_of(model))
    stem = MOTION if isinstance(exam.data, MotionSet) else Path(exam.data.source).stem
    with process_group(torch.device("cpu")) as share:  # the processes only wait for each other, which takes no GPU
        place = decide(lambda: find_place("evaluate", stem, inputs, out=out, overwrite=overwrite), share)
        unfinished = unfinished_at(place)
        if not place.is_up_to_date:
            try:
                evaluate(model, exam, unfinished, batch=batch, workers=workers, share=share, on_item=on_item)
            except KeyboardInterrupt:
                say(f"scored {len(scored(unfinished))} of {len(exam.data)}; the same command goes on from there")
                raise
            wait_for_all(share)
        return decide(lambda: finish(model, exam, place, drawing, command_line), share)


def unfinished_at(place: Place) -> Path:
    """Where scores wait until all are there: known by what they depend on, so that only the same evaluation goes on
    with them.
    """
    return place.folder.parent / f".evaluate-{place.key[:12]}"


def finish(
    model: nn.Module, exam: Exam, place: Place, drawing: Drawing, command_line: Sequence[str]
) -> tuple[Path, bool, Evaluation]:
    """From scores to a folder. A finished evaluation is at most drawn anew."""
    held, unfinished = place.is_up_to_date, unfinished_at(place)
    lines = collect([place.folder / SCORES] if held else unfinished.glob("*.jsonl"))
    if len(lines) < len(exam.data):
        raise OutputError(
            f"{place.folder if held else unfinished}: the scores of {len(exam.data) - len(lines)} of "
            f"{len(exam.data)} items are missing",
            fact="all processes must see the same folder, and nothing may be taken from it",
            hint="--overwrite",
        )
    found = conclude(exam, card_of(model), lines)
    if held and json.loads((place.folder / MANIFEST).read_text(encoding="utf-8")).get("drawing") == asdict(drawing):
        return place.folder, False, found
    manifest = model_facts(model, command_line) | {
        "data": exam.data.facts(),
        "protocol": asdict(exam.protocol),
        "drawing": asdict(drawing),
    }
    with writing(place, manifest) as folder:
        write_results(folder, found, lines, drawing)
    shutil.rmtree(unfinished, ignore_errors=True)
    return place.folder, True, found


# --- files ------------------------------------------------------------------------------------------------------------
def write_results(folder: Path, found: Evaluation, lines: Sequence[Line], drawing: Drawing) -> None:
    (folder / SCORES).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (folder / NUMBERS).write_text(
        json.dumps(evaluation_document(found), indent=2, allow_nan=False) + "\n", encoding="utf-8"
    )
    (folder / COUNTS).write_text(
        json.dumps({"classes": found.classes, "counts": found.confusion.tolist()}) + "\n", encoding="utf-8"
    )
    figure = confusion_figure(found, width=drawing.width, has_caption=drawing.has_caption)
    save_figure(figure, folder / PICTURE, drawing.dpi)
