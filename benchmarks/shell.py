"""How long the light shell takes, against `python -c "import click"` in the same run. Goal: at most 3 times."""

import sys
from pathlib import Path

from timing import fastest, process

from dtfviz.commands import COMMANDS

dtfviz = str(Path(sys.executable).with_name("dtfviz"))
commands = [["--help"], ["--version"], ["models"], ["models", "--json"], *([name, "--help"] for name in COMMANDS)]
base, *ours = fastest(
    [process(sys.executable, "-c", "import click"), *(process(dtfviz, *command) for command in commands)], rounds=15
)
print(f"{'python -c import click':28} {base * 1e3:6.0f} ms")
for command, seconds in zip(commands, ours, strict=True):
    print(f"{'dtfviz ' + ' '.join(command):28} {seconds * 1e3:6.0f} ms  {seconds / base:5.2f} times")
