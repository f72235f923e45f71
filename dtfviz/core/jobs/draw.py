"""A finished run drawn again, from the result that its folder keeps: no model, no GPU and no torch."""

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from dtfviz.core.errors import Hint, InputError, OptionError, OutputError, Try, Use
from dtfviz.core.jobs.kept import mended_by, pick, read_drawing, read_manifest, read_result
from dtfviz.core.jobs.request import Request
from dtfviz.core.render.drawing import Changes, Drawing
from dtfviz.core.render.kinds import draw, film
from dtfviz.core.store.runs import MANIFEST, SCHEMA, Facts, key_of, read_key, settle, writing

COMMAND = "drawn"


@dataclass(frozen=True)
class Drawn:
    """Pictures of a run that was finished before."""

    folder: Path
    is_new: bool
    files: tuple[str, ...]


def draw_again(source: Path, changes: Changes, request: Request, *, is_filmed: bool = False) -> Drawn:
    """Every figure of a run, with these fields of its drawing changed, into a folder of their own; videos if wanted."""
    held = check_source(source)
    with mended_by(again(source)):
        drawing = changed(read_drawing(source), changes)
    where = source if source.name else source.resolve()
    key = key_of({"source": held, "drawing": asdict(drawing), "is_filmed": is_filmed})
    usual = where.with_name(f"{where.name}-{COMMAND}")
    if request.out and Path(request.out).resolve() == source.resolve():
        raise OutputError(
            f"{source}: would be replaced by its own drawings",
            fact="what it found is all that they are drawn from",
            hint=Use("out", str(usual)),
        )
    place = settle(usual, key, out=request.out, overwrite=request.overwrite)
    if place.is_up_to_date:
        files = pick(read_manifest(place.folder), place.folder, ["files"])["files"]
        return Drawn(place.folder, False, tuple(map(str, files)))
    with mended_by(again(source)):
        result = read_result(source)
    manifest: Facts = {"command": ["dtfviz", *request.command_line], "drawn_from": str(where)}
    manifest["drawing"] = asdict(drawing)
    with writing(place, manifest) as folder:
        files = draw(result, drawing, folder)
        files += film(result, drawing, folder, request.on_step) if is_filmed else []
        manifest["files"] = files
    return Drawn(place.folder, True, tuple(files))


def again(source: Path) -> Hint:
    """The command that made a run, to be run again."""
    words = read_manifest(source).get("command")
    if not isinstance(words, list):
        return "run again the command that made it"
    return Try(tuple(map(str, words)))


def check_source(source: Path) -> str:
    """The key of the run that a folder holds; an error where there is none that can be drawn."""
    key = read_key(source)
    if not key:
        hint = Try(("dtfviz", "demo"))
        raise InputError(f"{source}: holds no finished run", fact=f"it has no {MANIFEST} of ours", hint=hint)
    manifest = read_manifest(source)
    if manifest.get("schema") != SCHEMA:
        raise InputError(
            f"{source}: was written by an earlier version, which kept no result to draw from",
            fact=f"its schema is {manifest.get('schema')}, {SCHEMA} is needed",
            hint=again(source),
        )
    if "drawn_from" in manifest:
        raise InputError(f"{source}: holds drawings", fact=f"of {manifest['drawn_from']}", hint="draw that one again")
    return key


def changed(drawing: Drawing, changes: Changes) -> Drawing:
    """An error for what this kind of picture does not have."""
    known = {part.name for part in fields(drawing)}
    said = {name: value for name, value in asdict(changes).items() if value is not None}
    unknown = [name for name in said if name not in known]
    if unknown:
        kind = type(drawing).__name__.removesuffix("Drawing").lower() or "plain"
        raise OptionError(
            f"{unknown[0]} cannot be changed in these pictures",
            fact=f"what can: {', '.join(sorted(known))} ({kind} pictures)",
        )
    return replace(drawing, **said)
