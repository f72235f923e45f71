"""The part of `make fuzz` that is played with the tests; what it finds becomes a plain test elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


HARM = """
import os, signal, sys
from pathlib import Path
from fuzz.crew import Case, Subject, carry_out
from fuzz.world import run

def harm(world):
    way = world.number
    if way == 0:
        raise KeyError("a bug")
    if way == 1:
        os.kill(os.getpid(), signal.SIGSEGV)
    if way == 2:
        signal.pause()
    if way == 3:
        world.canary.touch()
        return []
    words = (("motion", "-o", "stray.mp4", "--frames", "4"), ("models", "nothing"), ("models", "--json"))[way - 4]
    return world.call(*words, codes=(0,), megabytes=-1 if way == 6 else None).faults

subject = Subject("harm", harm, 7, 7, 3)
for outcome in carry_out([Case(subject, number, 0) for number in range(7)], Path("."), hands=1):
    print(outcome.case.number, *sorted({fault.kind for fault in outcome.faults}), sep=":")
"""
SEEN = ["0:traceback", "1:crash", "2:hang", "3:code run", "4:stray file", "5:wrong exit", "6:memory"]


def play(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(
        (
            str(HERE),
            str(HERE / "golden"),
            str(HERE.parent / "benchmarks"),
            *filter(None, [os.environ.get("PYTHONPATH")]),
        )
    )
    own = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-W", "ignore", *arguments]
    return subprocess.run(command, cwd=tmp_path, env=own, capture_output=True, text=True, check=False)


def test_what_does_harm_is_seen(tmp_path):
    assert play(tmp_path, "-c", HARM).stdout.splitlines() == SEEN


def test_no_case_of_a_few_does_harm(tmp_path):
    done = play(tmp_path, "-m", "fuzz", "--few")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "cases  carried out" in done.stdout
