"""The part of `make fuzz` that is played with the tests; what it finds becomes a plain test elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_no_case_of_a_few_does_harm(tmp_path):
    paths = os.pathsep.join((str(HERE), str(HERE / "golden"), *filter(None, [os.environ.get("PYTHONPATH")])))
    own = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-W", "ignore", "-m", "fuzz", "--few"]
    done = subprocess.run(command, cwd=tmp_path, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "cases  carried out" in done.stdout
