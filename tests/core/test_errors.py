import ast
import pickle
import re
from pathlib import Path

import pytest

import dtfviz.core
from dtfviz.core.errors import ModelError, OptionError, Try, Use

CORE = Path(dtfviz.core.__path__[0])
FLAG = re.compile(r"(?<![\w-])--\w")
WHOLE = re.compile(r"dtfviz [a-z-]+ --\w[\w-]*")  # a command to try as it stands


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (Use("frames", 12), "frames=12"),
        (Use("target", "top"), "target='top'"),
        (Use("overwrite"), "overwrite=True"),
        (Use("start", 0, also=Use("loop")), "start=0, loop=True"),
        (Use("cell", (3, 2)), "cell=(3, 2)"),
        (Try(("dtfviz", "models", "dtf_net_r50")), "dtfviz models dtf_net_r50"),
        ("choose a deeper layer", "choose a deeper layer"),
    ],
)
def test_python_users_read_keywords(hint, words):
    assert str(ModelError("wrong", fact="seen", hint=hint)) == f"wrong; seen; try: {words}"


def test_without_a_hint_there_is_nothing_to_try():
    assert str(ModelError("wrong")) == "wrong"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("a clip.mp4", "ls -l 'a clip.mp4'"),
        ("it's.mp4", """ls -l 'it'"'"'s.mp4'"""),
        ("-odd.mp4", "ls -l ./-odd.mp4"),
        ("$(date).mp4", "ls -l '$(date).mp4'"),
    ],
)
def test_odd_file_names_cannot_break_a_command(path, words):
    assert str(Try(("ls", "-l", Path(path)))) == words


def test_an_error_comes_out_of_another_process_as_it_was():
    again = pickle.loads(pickle.dumps(OptionError("wrong", fact="seen", hint=Use("frames", 12))))
    assert (str(again), again.hint) == ("wrong; seen; try: frames=12", Use("frames", 12))


def strings(source: str) -> set[str]:
    """All that a module says; what it tells git is for git alone."""
    tree = ast.parse(source)
    commands = [node for node in ast.walk(tree) if isinstance(node, ast.List) and node.elts]
    for_git = {id(word) for node in commands if ast.unparse(node.elts[0]) == "'git'" for word in node.elts}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in for_git]
    texts = {node.value for node in found if isinstance(node.value, str)}
    return {text for text in texts if not text.startswith(("pip ", " && pip "))}  # flags of pip are not ours


def test_core_knows_no_flags():
    said = {f"{path.name}: {text}" for path in CORE.rglob("*.py") for text in strings(path.read_text("utf-8"))}
    assert [text for text in said if FLAG.search(WHOLE.sub("", text))] == []
