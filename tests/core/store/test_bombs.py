"""No file under a megabyte costs more than a stated budget: measured in a process of its own."""

import json
import subprocess
import sys

import pytest
import torch
from bombs import LARGEST, write_all

BUDGET = 300  # megabytes, for all of them together
MEASURE = """
import json, resource, sys
import dtfviz
from dtfviz.core.errors import DtfvizError
from dtfviz.core.store.checkpoint import read_checkpoint

def peak(word):
    return next(int(line.split()[1]) >> 10 for line in open("/proc/self/status") if line.startswith(word))

dtfviz.load_model(), read_checkpoint(sys.argv[1])
before = peak("VmHWM"), peak("VmPeak")
resource.setrlimit(resource.RLIMIT_AS, (before[1] + 4000 << 20, -1))
for path in sys.argv[2:]:
    code, said = 0, ""
    try:
        dtfviz.load_model(checkpoint=path, partial=True)
    except DtfvizError as error:
        code, said = error.exit_code, str(error)
    now = peak("VmHWM") - before[0], peak("VmPeak") - before[1]
    print(json.dumps({"code": code, "said": said, "resident": now[0], "virtual": now[1]}), flush=True)
"""


@pytest.fixture(scope="module")
def bombs(tmp_path_factory):
    return write_all(tmp_path_factory.mktemp("bombs"))


@pytest.fixture(scope="module")
def outcomes(bombs, tmp_path_factory):
    """What became of each file, one after the other in one process."""
    good = tmp_path_factory.mktemp("good") / "w.pth"
    torch.save({"w": torch.ones(4)}, good)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, good, *bombs.values()], capture_output=True, text=True, check=False
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(bombs), f"{list(bombs)[len(lines)]}: {done.returncode} {done.stderr[-600:]}"
    return dict(zip(bombs, lines, strict=True))


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_small_files_cost_little_and_end_in_an_error_that_is_short(bombs, outcomes):
    assert max(path.stat().st_size for path in bombs.values()) < LARGEST
    for what, found in outcomes.items():
        assert found["code"] in (3, 4), what
        assert len(found["said"]) < 1000, what
        assert found["resident"] < BUDGET, what
        assert found["virtual"] < 2 * BUDGET, what
