"""Texts from files that would act on a terminal, as markup or as mathematics, in every command that shows any."""

import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from dtfviz.core import bundled
from dtfviz.core.escaping import ACTIVE, escape

MARK = "[/]\n\x1b]\x07$\\x{$"  # of labels; of names of files without the slash, and with a byte that is no text
NAME = "[red]\n\x1b[2J$\\x{$\u202e\udcff"
SOURCES = Path(bundled.__file__).parents[1]


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The bundled model with other names of its classes, and its clip in a folder a class, all badly named."""
    folder = tmp_path_factory.mktemp("hostile")
    with safe_open(bundled.asset(bundled.WEIGHTS), "np") as file:
        record = json.loads(file.metadata()["dtfviz"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    record["classes"] = [NAME, *(f"{MARK}{name}" for name in record["classes"][1:])]
    save_file(tensors, folder / "model.safetensors", {"dtfviz": json.dumps(record)})
    save_file({f"{MARK}.weight": np.zeros(3, np.float32)}, folder / "other")
    (folder / "other").rename(folder / f"{NAME}.safetensors")
    for name in ("one", "two"):
        video = folder / "videos" / NAME / f"{NAME}{name}.mp4"
        video.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(bundled.asset(bundled.MOVER), video)
    return folder


def fill(words: str, files: Path, out: Path) -> list[str]:
    """A command line with its places filled in."""
    (video, _) = sorted((files / "videos").rglob("*.mp4"))
    places = {"VIDEO": video, "VIDEOS": files / "videos", "MODEL": files / "model.safetensors", "OUT": out}
    places |= {"OTHER": files / f"{NAME}.safetensors", "MARK": MARK, "GONE": files / f"{NAME}gone.mp4"}
    return [str(places.get(word, word)) for word in words.split()]


def assert_harmless(done):
    """What was said has no effect; newlines end lines of ours."""
    assert not set(ACTIVE.findall(done.stdout + done.stderr)) - {"\n"}


COMMANDS = [
    "predict VIDEO --checkpoint MODEL",
    "probe VIDEO --checkpoint MODEL",
    "convert MODEL -o OUT",
    "flops --checkpoint MODEL",
    "gradcam VIDEO --checkpoint MODEL --layer all -o OUT",
    "gradcam VIDEO --checkpoint MODEL --faithfulness --sanity -o OUT",
    "filters VIDEO --checkpoint MODEL -o OUT",
    "frame-importance VIDEO --checkpoint MODEL -o OUT",
    "receptive-field --theory --checkpoint MODEL",
    "receptive-field --checkpoint MODEL --video VIDEO --samples 1 -o OUT",
    "temporal-tests VIDEO --checkpoint MODEL -o OUT",
    "temporal-tests VIDEOS --checkpoint MODEL -o OUT",
    "evaluate VIDEOS --checkpoint MODEL -o OUT",
]


@pytest.mark.parametrize("words", COMMANDS)
def test_tables_and_figures_show_them_as_they_are_written(inside, files, tmp_path, words):
    out = tmp_path / f"{NAME}{'out.safetensors' if words.startswith('convert') else 'out'}"
    done = inside(*fill(words, files, out))
    assert done.returncode == 0, done.stderr
    assert_harmless(done)
    if out.is_dir():
        assert_harmless(inside("draw", str(out), "--format", "svg", "-o", str(tmp_path / "drawn")))
        figures = list((tmp_path / "drawn").rglob("*.svg"))
        assert sum(map(count_whole, figures)) > 0


def count_whole(figure):
    """How many names stand in a picture that can be read; what begins like one of them goes on like it."""
    texts = ["".join(text.itertext()) for text in ElementTree.parse(figure).iter("{http://www.w3.org/2000/svg}text")]
    found = [text[begin.start() :].partition("…")[0] for text in texts for begin in re.finditer(r"\[red\]|\[/\]", text)]
    for rest in found:
        assert any(rest.startswith(name[: len(rest)]) for name in (escape(NAME), escape(MARK)))
    return len(found)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("predict GONE", 3),
        ("predict --checkpoint GONE", 3),
        ("predict VIDEO --checkpoint OTHER", 3),
        ("gradcam VIDEO --checkpoint MODEL --target MARK", 2),
        ("gradcam VIDEO --checkpoint MODEL --layer MARK", 2),
        ("predict VIDEO --top MARK", 2),
        ("predict VIDEO --labels GONE", 3),
        ("predict --model MARK", 2),
        ("predict --model GONE.py:make", 2),
        ("draw GONE", 3),
        ("MARK", 2),
    ],
)
def test_errors_show_them_in_a_line_each(inside, files, tmp_path, words, code):
    arguments = fill(words, files, tmp_path)
    done = inside(*arguments)
    assert_harmless(done)
    assert done.returncode == code, done.stderr
    lines = done.stderr.splitlines()
    assert 1 <= len(lines[[line.startswith("error: ") for line in lines].index(True) :]) <= 3
    as_json = inside(*arguments, "--json")
    assert_harmless(as_json)
    assert json.loads(as_json.stderr.splitlines()[-1])["error"]["exit_code"] == code


def test_only_what_escapes_prints():
    """The borders to the terminal: what commands tell, errors, and the texts that rich is given."""
    assert files_with(r"click\.s?echo\(|(?<![\w.])print\(|stdout\.write|stderr\.write") == {
        "cli.py",
        "commands/telling.py",
    }
    assert files_with(r"rich\.text") == {"core/render/style/tables.py"}


def files_with(pattern):
    return {str(path.relative_to(SOURCES)) for path in SOURCES.rglob("*.py") if re.search(pattern, path.read_text())}
