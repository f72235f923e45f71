import subprocess
import sys

import pytest

DTFVIZ = f"{sys.executable} -m dtfviz"


def sh(line, **environment):
    return subprocess.run(
        ["sh", "-c", line.replace("dtfviz", DTFVIZ, 1)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=environment or None,
    )


@pytest.mark.parametrize("arguments", ["models", "--version", "flops dtf_net_motion --csv"])
@pytest.mark.parametrize("buffering", ["", "1"])
def test_a_full_stdout_is_an_error_of_the_output(arguments, buffering, monkeypatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", buffering)
    done = sh(f"dtfviz {arguments} > /dev/full")
    assert done.returncode == 7
    assert done.stderr.startswith("error: stdout cannot be written\n       No space left on device\n")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("dtfviz models >&-", 0),
        ("dtfviz models <&- >&- 2>&-", 0),
        ("dtfviz models 2>/dev/full", 0),
        ("dtfviz nosuch 2>/dev/full", 2),
        ("dtfviz nosuch --json 2>&-", 2),
        ("(dtfviz flops dtf_net_motion --csv; echo $? >&2) | true", 0),
        ("(dtfviz models; echo $? >&2) | true", 0),
    ],
)
def test_streams_that_nobody_reads_change_no_exit_code_and_leave_no_traceback(line, code):
    done = sh(line)
    assert done.returncode == code
    assert done.stderr in ("", "0\n")


def test_what_is_written_first_does_not_take_the_number_of_a_closed_stdout(tmp_path):
    done = sh(f"dtfviz motion --frames 2 --size 16 -o {tmp_path / 'a.mp4'} >&-")
    assert (done.returncode, done.stderr) == (0, "")
    again = sh(f"dtfviz motion --frames 2 --size 16 -o {tmp_path / 'a.mp4'}")
    assert again.stdout.endswith("a.mp4: up to date\n")
