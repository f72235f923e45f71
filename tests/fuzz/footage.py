"""Odd videos, each alone and as one of a list that must survive it; and videos of every container, damaged."""

import json
import shutil
from pathlib import Path

from fuzz.damage import damage
from fuzz.odd_videos import ODD
from fuzz.world import Fault, World

ALONE = (
    ("probe",),
    ("predict",),
    ("gradcam", "-o", "out"),
    ("filters", "-o", "out"),
    ("temporal-tests", "--shuffles", "1", "-o", "out"),
)
TOGETHER = ("evaluate", "train", "temporal-tests", "gradcam")
WAYS = len(ALONE) + len(TOGETHER)
CODES = (0, 3, 4)
MEGABYTES = 1000
TINY = ("--frames", "4", "--size", "16", "--workers", "0", "--device", "cpu")


def play_odd(world: World) -> list[Fault]:
    """One of the odd videos, in one of the ways."""
    names = list(ODD)
    name, way = names[world.number % len(names)], world.number // len(names)
    (world.folder / "in").mkdir()
    video = ODD[name](world.folder / "in" / name)
    if way < len(ALONE):
        words = ALONE[way]
        asked = [words[0], str(video), *words[1:], "--checkpoint", str(world.stock / "own.safetensors")]
        return world.call(*asked, codes=CODES, megabytes=MEGABYTES).faults
    return survive(world, TOGETHER[way - len(ALONE)])


def survive(world: World, command: str) -> list[Fault]:
    """Two good videos and an odd one: the good ones count."""
    place = world.folder / "in"
    for number in range(2):
        shutil.copy(world.stock / f"{number}.mp4", place / f"good{number}.mp4")
    if command in ("temporal-tests", "gradcam"):
        return survive_folder(world, command, place)
    names = sorted(path.name for path in place.iterdir())
    (world.folder / "list.txt").write_text("".join(f"in/{name} 12 {number}\n" for number, name in enumerate(names)))
    words = {
        "evaluate": ("--checkpoint", str(world.stock / "own.safetensors")),
        "train": ("--model", "dtf_net_motion", "--batch", "2", "--steps", "4", "--classes", "3"),
    }
    codes = (0,) if all(path.exists() for path in place.iterdir()) else (3,)  # what is not there a list is refused for
    ending = world.call(command, str(world.folder / "list.txt"), "-o", "out", *TINY, *words[command], codes=codes)
    return ending.faults + (count_read(Path("out")) if command == "evaluate" and ending.code == 0 else [])


def survive_folder(world: World, command: str, place: Path) -> list[Fault]:
    """The same of a folder."""
    more = ("--shuffles", "1") if command == "temporal-tests" else ("--faithfulness",)
    words = (command, str(place), "-o", "out", "--checkpoint", str(world.stock / "own.safetensors"), *more)
    return world.call(*words, codes=(0,)).faults


def count_read(folder: Path) -> list[Fault]:
    """Of three at least two were read, and what was not is named."""
    found = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    if found["read"] >= 2 and found["read"] + len(found["failed"]) == found["items"] == 3:
        return []
    return [Fault("wrong exit", f"evaluate read {found['read']} of {found['items']}: {found['failed']}")]


def play_damaged(world: World) -> list[Fault]:
    """A video of one of the containers, with some of its bytes changed."""
    good = sorted((world.stock / "containers").iterdir())
    file = good[world.number % len(good)]
    copy = world.folder / file.name
    copy.write_bytes(damage(file.read_bytes(), world.draw))
    words = world.draw.choice((("probe",), ("predict",), ("predict", "--clips", "2"), ("gradcam", "-o", "out")))
    asked = (words[0], str(copy), *words[1:], "--checkpoint", str(world.stock / "own.safetensors"))
    return world.call(*asked, codes=CODES, megabytes=MEGABYTES).faults
