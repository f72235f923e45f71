"""Every kind of result that a run keeps: its record, how it is drawn, and the data files beside the pictures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from dtfviz.core.render.drawing import Drawing

OnStep = Callable[[str, int, int], None]  # (what is done, done, total)
RECORDS, HERE = "dtfviz.core.results", "dtfviz.core.render"


@dataclass(frozen=True)
class Kind:
    """Strings until they are used: the module and the name of each part."""

    record: str  # the result's class
    draw: str  # (result, drawing, folder) -> names of the figures
    film: str = ""  # (result, drawing, folder, on_step) -> names of the videos
    keep: str = ""  # (result, folder) -> names of the data files
    drawing: str = f"{HERE}.drawing:Drawing"


KINDS: Mapping[str, Kind] = {
    "CamStudy": Kind(
        f"{RECORDS}.cam:CamStudy",
        draw=f"{HERE}.cam.files:draw",
        film=f"{HERE}.cam.files:film",
        keep=f"{HERE}.cam.files:keep",
        drawing=f"{HERE}.drawing:CamDrawing",
    ),
    "MapComparison": Kind(
        f"{RECORDS}.faithfulness:MapComparison",
        draw=f"{HERE}.cam.faithfulness.files:draw",
        keep=f"{HERE}.cam.faithfulness.files:keep",
    ),
    "FilterStudy": Kind(
        f"{RECORDS}.filters:FilterStudy",
        draw=f"{HERE}.filters.files:draw",
        keep=f"{HERE}.filters.files:keep",
        drawing=f"{HERE}.drawing:FilterDrawing",
    ),
    "ReachStudy": Kind(f"{RECORDS}.reach:ReachStudy", draw=f"{HERE}.reach.files:draw", keep=f"{HERE}.reach.files:keep"),
    "Importance": Kind(
        f"{RECORDS}.importance:Importance",
        draw=f"{HERE}.time.importance.files:draw",
        keep=f"{HERE}.time.importance.files:keep",
    ),
    "TemporalTests": Kind(
        f"{RECORDS}.temporal_tests:TemporalTests",
        draw=f"{HERE}.time.tests.files:draw_tests",
        keep=f"{HERE}.time.tests.files:keep_tests",
    ),
    "TemporalSurvey": Kind(
        f"{RECORDS}.temporal_tests:TemporalSurvey",
        draw=f"{HERE}.time.tests.files:draw_survey",
        keep=f"{HERE}.time.tests.files:keep_survey",
    ),
    "TrainingLog": Kind(f"{RECORDS}.training:TrainingLog", draw=f"{HERE}.training:draw"),
    "Evaluation": Kind(
        f"{RECORDS}.evaluation:Evaluation",
        draw=f"{HERE}.evaluation.files:draw",
        keep=f"{HERE}.evaluation.files:keep",
    ),
}
RESULTS = {name: kind.record for name, kind in KINDS.items()}
DRAWINGS = {kind.drawing.partition(":")[2]: kind.drawing for kind in KINDS.values()}


def draw(result: object, drawing: Drawing, folder: Path) -> list[str]:
    """Every figure of a result, into a folder; gives their names."""
    return call(KINDS[type(result).__name__].draw, result, drawing, folder)


def film(result: object, drawing: Drawing, folder: Path, on_step: OnStep) -> list[str]:
    """Every video of a result."""
    return call(KINDS[type(result).__name__].film, result, drawing, folder, on_step)


def keep(result: object, folder: Path) -> list[str]:
    """The data files of a result that are meant for other programs."""
    return call(KINDS[type(result).__name__].keep, result, folder)


def call(target: str, *given: object) -> list[str]:
    """The function at "module:name"; a kind that has none writes nothing."""
    if not target:
        return []
    module, _, name = target.partition(":")
    written: list[str] = getattr(import_module(module), name)(*given)
    return written


def counted(on_step: OnStep, what: str, total: int) -> Callable[[int], None]:
    """What hears how much is done, of something that has a name and an end."""
    return lambda done: on_step(what, done, total)
