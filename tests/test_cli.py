import json
import subprocess
import sys
from importlib import import_module

import click
import pytest
from click.testing import CliRunner

import dtfviz
from dtfviz import cli
from dtfviz.commands import COMMANDS
from dtfviz.core.errors import DtfvizError, OutputError

HEAVY = ("torch", "numpy", "cv2", "matplotlib", "cupy", "av", "rich")
LIGHT = [
    ["--help"],
    ["-h"],
    ["--version"],
    ["models"],
    ["models", "--json"],
    ["nosuch"],
    ["models", "--nosuch"],
    ["models", "dtf_swnb"],
    [],
]
LIGHT += [[name, "--help"] for name in COMMANDS]
SPY = "import sys; from dtfviz.cli import run; run(sys.argv[1:]); print(*sorted(sys.modules), file=sys.stderr)"


@pytest.mark.parametrize("arguments", LIGHT, ids=" ".join)
def test_the_light_shell_loads_nothing_heavy(fresh, arguments):
    done = fresh(SPY, *arguments)
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "click" in loaded
    assert not loaded & set(HEAVY)


def test_completion_loads_nothing_heavy_and_knows_the_models(fresh):
    environment = {"_DTFVIZ_COMPLETE": "bash_complete", "COMP_WORDS": "dtfviz models dtf_swin", "COMP_CWORD": "2"}
    done = fresh(
        "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); from dtfviz.cli import "
        "main; main()",
        **environment,
    )
    assert [line.split(",")[1] for line in done.stdout.split()] == ["dtf_swin_s", "dtf_swin_b", "dtf_swin_l"]
    assert not set(done.stderr.split()) & set(HEAVY)


def test_importing_the_package_loads_nothing_heavy(fresh):
    done = fresh("import sys, dtfviz; print(*sys.modules)")
    assert not set(done.stdout.split()) & set(HEAVY)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_imported_and_documents_itself(name):
    module, _, attribute = COMMANDS[name].target.partition(":")
    command = getattr(import_module(module), attribute)
    assert isinstance(command, click.Command)
    assert command.help
    assert len(COMMANDS[name].about) < 70


def test_help_lists_every_command_and_the_exit_codes(shell):
    text = shell("--help").stdout
    assert all(f"  {name} " in text for name in COMMANDS)
    assert "130 interrupted" in text


def test_version(shell):
    assert shell("--version").stdout.strip().endswith(dtfviz.__version__)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["modles"], 2, "did you mean models?"),
        (["models", "--nosuch"], 2, "No such option"),
        (["models", "dtf_swnb"], 2, "did you mean dtf_swin_b?"),
        (["models", "dtf_net_r50", "--frames", "many"], 2, "'many' is not a valid integer"),
        (["models", "--frames", "8"], 2, "dtfviz models NAME"),
    ],
)
def test_usage_errors_say_what_is_meant_and_what_to_try(shell, arguments, code, words):
    done = shell(*arguments)
    assert done.returncode == code
    assert done.stdout == ""
    assert words in done.stderr
    assert "try: dtfviz" in done.stderr
    assert len(done.stderr.splitlines()) <= 3
    assert "Traceback" not in done.stderr


def test_an_error_of_the_model_names_a_command_that_works(shell):
    done = shell("models", "dtf_net_r50", "--frames", "18")
    assert done.returncode == 4
    hint = done.stderr.splitlines()[-1].removeprefix("  try: dtfviz ")
    assert hint == "models dtf_net_r50 --frames 16"
    assert shell(*hint.split()).returncode == 0


def test_with_json_the_last_line_of_stderr_is_the_error(shell):
    done = shell("models", "dtf_swnb", "--json")
    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert (error["exit_code"], error["try"]) == (2, "dtfviz models")
    assert "dtf_swnb" in error["message"]


@pytest.mark.parametrize(
    ("raised", "code"), [(OutputError("full"), 7), (KeyboardInterrupt(), 130), (click.Abort(), 130)]
)
def test_exit_codes_follow_what_was_raised(monkeypatch, capsys, raised, code):
    def fail(**_):
        raise raised

    monkeypatch.setattr(cli.shell, "main", fail)
    assert cli.run(["models"]) == code
    assert "error: " in capsys.readouterr().err


def test_a_bug_keeps_its_traceback(monkeypatch):
    def fail(**_):
        raise ZeroDivisionError

    monkeypatch.setattr(cli.shell, "main", fail)
    with pytest.raises(ZeroDivisionError):
        cli.run(["models"])


def test_every_error_has_a_documented_exit_code():
    def family(kind):
        return {kind, *(child for direct in kind.__subclasses__() for child in family(direct))}

    assert {kind.exit_code for kind in family(DtfvizError)} == {1, 2, 3, 4, 6, 7}


@pytest.mark.parametrize("arguments", [["models"], ["--help"]])
def test_a_closed_pipe_ends_quietly(arguments):
    process = subprocess.Popen(
        [sys.executable, "-m", "dtfviz", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait() == 0


def test_a_terminal_without_our_characters_is_no_error(shell):
    done = shell("models", "c2d_r50", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.startswith("c2d_r50 ? 16 frames at 224 x 224")


def test_no_color_is_respected():
    runner = CliRunner()
    result = runner.invoke(cli.shell, ["models"], color=True)
    assert "\x1b" not in result.output


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["models", "dtf_net_r50", "--frames", "18"], "dtfviz models dtf_net_r50 --frames 16"),
        (["models", "--frames=18", "dtf_net_r50"], "dtfviz models dtf_net_r50 --frames 16"),
        (["models", "--frames", "18", "--", "dtf_net_r50"], "dtfviz models --frames 16 -- dtf_net_r50"),
        (["probe", "--", "-no such.mp4"], "ls -ld './-no such.mp4'"),
        (["motion", "-o", "a clip.avi", "--class", "zoomin"], "dtfviz motion -o 'a clip.avi' --class zoom-in"),
        (["gradcam", "--compare", "gradcam"], "dtfviz gradcam --compare gradcam --faithfulness"),
    ],
)
def test_what_to_try_is_the_typed_command_with_an_option_in_it(inside, arguments, hint):
    assert inside(*arguments).stderr.splitlines()[-1] == f"  try: {hint}"


def test_with_json_the_error_keeps_its_fields(inside):
    error = json.loads(inside("models", "dtf_net_r50", "--frames", "18", "--json").stderr.splitlines()[-1])["error"]
    assert list(error) == ["message", "fact", "try", "exit_code"]
    assert error["try"] == "dtfviz models dtf_net_r50 --json --frames 16"


@pytest.mark.parametrize(
    "arguments", [("gradcam", "no.mp4"), ("filters", "no.mp4"), ("receptive-field", "--video", "no.mp4")]
)
def test_a_video_that_is_not_there_is_an_error_before_torch_is_loaded(fresh, arguments):
    done = fresh(SPY, *arguments)
    assert "error: no.mp4: cannot be opened" in done.stderr
    assert "torch" not in done.stderr.splitlines()[-1].split()


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [(("--target", "move-lft"), "--target move-left"), (("--layer", "layr4"), "--layer layer4")],
)
def test_what_was_meant_stands_in_the_line_to_try(inside, arguments, meant):
    assert inside("gradcam", *arguments).stderr.splitlines()[-1] == f"  try: dtfviz gradcam {meant}"


@pytest.mark.parametrize(
    ("command", "out", "words"),
    [
        ("gradcam", "/proc/x", "/proc/x: cannot be written"),
        ("train", "file/x", "file/x: cannot be written"),
        ("demo", "file", "file: cannot be written"),
        ("filters", "link", "link: is a link to nothing"),
        ("evaluate", ".", "is not a folder of ours"),
        ("temporal-tests", "theirs", "theirs: is not a folder of ours"),
    ],
)
def test_a_place_that_cannot_be_written_is_an_error_before_torch_is_loaded(fresh, tmp_path, command, out, words):
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "link").symlink_to("nothing")
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.tex").write_text("years of work")
    done = fresh(f"import os; os.chdir({str(tmp_path)!r}); {SPY}", command, "-o", out)
    assert words in done.stderr
    assert "torch" not in done.stderr.splitlines()[-1].split()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link", "theirs"]


STOPPED = """
import os, signal, sys
from pathlib import Path
from dtfviz import cli
from dtfviz.core.jobs import clip

def stop(path, *_):
    path.write_bytes(b"half")
    os.kill(os.getpid(), getattr(signal, sys.argv[1]))

clip.write_video = stop
cli.main(["motion", "--frames", "2", "--size", "16", "-o", sys.argv[2]])
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_what_asks_to_stop_ends_a_command_alike_and_leaves_nothing(fresh, tmp_path, name):
    done = fresh(STOPPED, name, str(tmp_path / "a.mp4"))
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.endswith("error: interrupted\n")
    assert not list(tmp_path.iterdir())


def test_a_hang_up_that_is_ignored_stays_so(fresh, tmp_path):
    ignoring = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    done = fresh(ignoring + STOPPED, "SIGHUP", str(tmp_path / "a.mp4"))
    assert (done.returncode, (tmp_path / "a.mp4").read_bytes()) == (0, b"half")
