"""The folder of a training: whether one may begin there, goes on or is finished, and what it was asked for.

It is there from the first step on, and this process's alone while the training lasts.
"""

from contextlib import ExitStack
from pathlib import Path

from dtfviz.core.errors import InputError, OutputError, Try, Use
from dtfviz.core.learning.plan import Plan
from dtfviz.core.learning.wishes import TrainWishes
from dtfviz.core.models.card import card_of
from dtfviz.core.results.io import DamagedError, Reader, Writer
from dtfviz.core.store.folders import check_writable, held_alone, is_free, not_writable
from dtfviz.core.store.runs import (
    BEGUN,
    MANIFEST,
    ROOT,
    Place,
    as_text,
    key_of,
    named,
    read_key,
    read_marks,
    refuse_others,
)
from dtfviz.core.store.scratch import replacing

STATE, MODEL, LOG, CURVE = "resume.pt", "model.safetensors", "log.jsonl", "curve.png"
WISHES = "wishes"  # what was asked for, in what was begun


def claim(plan: Plan, out: str | None, overwrite: bool, alone: ExitStack) -> Place:
    """The place of a training, opened and held against others until the stack ends."""
    place = find_training(plan, out, overwrite)
    if place.is_up_to_date:
        return place
    alone.enter_context(held_alone(place.folder))
    place = find_training(plan, out, overwrite)  # whoever held it may have finished meanwhile
    if not place.is_up_to_date:
        open_folder(place, plan.wishes, is_new=overwrite or read_key(place.folder, BEGUN) != place.key)
    return place


def find_training(plan: Plan, out: str | None, overwrite: bool) -> Place:
    """A finished training is up to date, an unfinished one of the same inputs goes on, any other folder is left
    alone.
    """
    key = key_of({**plan.inputs(), "command": "train"})
    usual = ROOT / "train" / f"{card_of(plan.model).name}-{plan.recipe.name}-{key[:8]}"
    folder = named(Path(out)) if out else usual
    finished, begun = read_key(folder), read_key(folder, BEGUN)
    if finished == key and not overwrite:
        return Place(folder, key, True)
    is_training = begun is not None or (finished is not None and (folder / LOG).exists())
    if begun == key or is_free(folder) or (overwrite and is_training):
        check_writable(folder)
        return Place(folder, key, False)
    refuse_others(folder)
    if not is_training:
        raise OutputError(
            f"{folder}: holds a run, but no training",
            fact="only a training goes for another",
            hint=Use("out", f"{folder}-new"),
        )
    raise OutputError(
        f"{folder}: holds another training",
        fact="it had other data, options or another seed, or another version of dtfviz; its files would go",
        hint=Use("overwrite"),
    )


def open_folder(place: Place, wishes: TrainWishes, *, is_new: bool) -> None:
    """Begin anew, or leave what was begun as it is."""
    if not is_new:
        return
    try:
        for name in (MANIFEST, STATE, LOG, CURVE, MODEL):
            (place.folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise not_writable(place.folder, error) from error
    write_text(place.folder / BEGUN, as_text(place.key, {"wishes": Writer().encode(wishes, WISHES)}))


def write_text(path: Path, text: str) -> None:
    """A file that appears whole or not at all."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def read_wishes(folder: Path) -> TrainWishes:
    """What an unfinished training was asked for."""
    if read_key(folder, BEGUN) is None:
        fact = "it is finished" if read_key(folder) else f"it has no {BEGUN} of ours"
        raise InputError(f"{folder}: holds no unfinished training", fact=fact, hint=Try(("ls", folder)))
    try:
        wishes: TrainWishes = Reader({}).decode(TrainWishes, read_marks(folder / BEGUN).get(WISHES), WISHES)
    except (DamagedError, RecursionError) as error:
        raise InputError(
            f"{folder / BEGUN}: cannot be read",
            fact=str(error),
            hint="give the command with which the training was begun, and this folder as out",
        ) from error
    return wishes
