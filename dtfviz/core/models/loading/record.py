"""What our own format says of its model, checked field by field before anything is built from it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import Parameter, signature
from typing import Any

from dtfviz.core.choices import MOST_FRAMES, MOST_SIDE, MOST_STRIDE
from dtfviz.core.errors import CheckpointError
from dtfviz.core.models.answers import Answer, read_answer
from dtfviz.core.models.card import MOST_PIXELS, Card
from dtfviz.core.models.families import FAMILIES, MOST_BLOCKS, MOST_STAGES, Arguments, load
from dtfviz.core.store.checkpoint import Checkpoint

MOST = 1 << 20  # of any other count: widths, classes
LONGEST = 1000  # characters of a name


@dataclass(frozen=True)
class Record:
    """A model that is to be built, and what its card says beside what is built."""

    model: str  # its name
    family: str
    default_layer: str
    arguments: Arguments
    frames: int
    size: int
    stride: int
    classes: tuple[str, ...] | None
    classes_note: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    untrained: tuple[str, ...]
    answer: Answer
    taught_evenly: bool

    def told(self, card: Card) -> Card:
        """The card of the model that was built, with what the record knows."""
        return replace(
            card,
            stride=self.stride,
            classes=self.classes,
            classes_note=self.classes_note,
            mean=self.mean,
            std=self.std,
            untrained=self.untrained,
            answer=self.answer,
            taught_evenly=self.taught_evenly,
        )


def read_record(checkpoint: Checkpoint) -> Record:
    """Every field of it, or an error that names the one that cannot be."""
    said = {"answer": {}} | dict(checkpoint.record)  # files of before say nothing of it: once, softmax
    record = Record(
        **{name: read_field(checkpoint, said, name) for name in FIELDS}, taught_evenly=was_dense(checkpoint.record)
    )
    if record.frames * record.size**2 > MOST_PIXELS:
        raise incomplete(
            checkpoint, f"{record.frames} frames of {record.size} x {record.size} pixels are beyond any clip"
        )
    check_arguments(checkpoint, record.family, record.arguments)
    return record


def read_field(checkpoint: Checkpoint, said: Mapping[str, Any], name: str) -> Any:
    """One field, by its reader."""
    if name not in said:
        raise incomplete(checkpoint, f"it has no {name!r}")
    try:
        return FIELDS[name](said[name])
    except (TypeError, ValueError) as error:
        raise incomplete(checkpoint, f"{name}: {error}") from error


def incomplete(checkpoint: Checkpoint, fact: str) -> CheckpointError:
    """The error for a field that is missing or cannot be."""
    return CheckpointError(f"{checkpoint.path}: its dtfviz record is incomplete", fact=fact)


def was_dense(said: Mapping[str, Any]) -> bool:
    """Whether the recipe of a model's training told every cell what is in its share of the frame."""
    origin = said.get("provenance")
    recipe = origin.get("recipe") if isinstance(origin, dict) else None
    return isinstance(recipe, dict) and bool(recipe.get("dense"))


# --- arguments of a builder -------------------------------------------------------------------------------------------
def check_arguments(checkpoint: Checkpoint, family: str, arguments: Arguments) -> None:
    """Of the types that the family's builder states, and no more blocks than there are tensors to fill them."""
    wanted, at = signature(load(FAMILIES[family].builder)).parameters, ""
    try:
        for at, value in arguments.items():
            reader_of(wanted, at)(value)
    except (TypeError, ValueError) as error:
        raise CheckpointError(
            f"{checkpoint.path}: describes a model that cannot be built", fact=f"{at:.80}: {error}"
        ) from error
    blocks = sum(arguments.get("depths", ()))
    if blocks > len(checkpoint.tensors):
        raise CheckpointError(f"{checkpoint.path}: its record describes more blocks than the file has tensors")
    if blocks > MOST_BLOCKS:
        raise CheckpointError(f"{checkpoint.path}: describes a model of {blocks} blocks", fact=f"at most {MOST_BLOCKS}")


def reader_of(wanted: Mapping[str, Parameter], name: str) -> Callable[[Any], object]:
    """For an argument, by its annotation; what only one builder takes is its own to check."""
    if name not in wanted:
        raise ValueError("no model of this family has it")
    return READERS.get(wanted[name].annotation, lambda value: value)


def as_count_to(most: int) -> Callable[[Any], int]:
    """A reader of whole numbers from 1 on."""

    def as_count(value: Any) -> int:
        if type(value) is not int or not 1 <= value <= most:
            raise ValueError(f"{value!r:.40} is no count from 1 to {most}")
        return value

    return as_count


def as_number(value: Any) -> float:
    """A number of a usual size."""
    if type(value) not in (int, float) or not abs(value) <= 1000:
        raise ValueError(f"{value!r:.40} is no number from -1000 to 1000")
    return float(value)


def as_flag(value: Any) -> bool:
    """Yes or no."""
    if type(value) is not bool:
        raise TypeError(f"{value!r:.40} is neither true nor false")
    return value


def as_word(value: Any) -> str:
    """Text that fits a line or two."""
    if not isinstance(value, str) or len(value) > LONGEST:
        raise ValueError(f"{value!r:.40} is no text of at most {LONGEST} characters")
    return value


def as_family(value: Any) -> str:
    """One that is known."""
    if as_word(value) not in FAMILIES:
        raise ValueError(f"{value!r:.40} is none of {', '.join(FAMILIES)}")
    return str(value)


def as_object(value: Any) -> Arguments:
    """Of JSON."""
    if not isinstance(value, dict):
        raise TypeError(f"{value!r:.40} is no object")
    return dict(value)


def as_counts(values: Any) -> tuple[int, ...]:
    """A few counts, one a stage."""
    if not isinstance(values, list | tuple) or not 1 <= len(values) <= MOST_STAGES:
        raise ValueError(f"{values!r:.40} is no list of 1 to {MOST_STAGES} counts")
    return tuple(map(as_count_to(MOST), values))


def as_names(values: Any) -> tuple[str, ...]:
    """A list of words."""
    if not isinstance(values, list | tuple) or not all(isinstance(name, str) for name in values):
        raise ValueError(f"{values!r:.40} is no list of names")
    return tuple(map(as_word, values))


def as_colours(values: Any, lowest: float) -> tuple[float, ...]:
    """Three finite numbers above a lowest."""
    numbers = values if isinstance(values, list) else ()
    if len(numbers) != 3 or not all(type(number) in (int, float) and lowest < number <= 1000 for number in numbers):
        raise ValueError(f"{values!r:.60} are not three numbers above {lowest:g} and up to 1000")
    return tuple(map(float, numbers))


FIELDS: dict[str, Callable[[Any], Any]] = {
    "model": as_word,
    "family": as_family,
    "default_layer": as_word,
    "arguments": as_object,
    "frames": as_count_to(MOST_FRAMES),
    "size": as_count_to(MOST_SIDE),
    "stride": as_count_to(MOST_STRIDE),
    "classes": lambda names: None if names is None else as_names(names),
    "classes_note": as_word,
    "mean": lambda values: as_colours(values, -1000),
    "std": lambda values: as_colours(values, 0),
    "untrained": as_names,
    "answer": read_answer,
}
READERS: dict[object, Callable[[Any], object]] = {  # by the annotation of a builder's argument
    int: as_count_to(MOST),
    float: as_number,
    bool: as_flag,
    str: as_word,
    Sequence[int]: as_counts,
    str | Collection[str]: lambda value: as_word(value) if isinstance(value, str) else as_names(value),
}
