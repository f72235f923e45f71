"""Processes of their own for what must hold in one, and seeded numbers."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor

from dtfviz import cli

Completed = subprocess.CompletedProcess


def run(*command: str, **environment: str) -> Completed:
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, env=os.environ | environment)


@pytest.fixture(autouse=True)
def seed() -> None:
    """Fresh modules draw their weights: the same ones whenever a test runs."""
    torch.manual_seed(0)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Sums are added up in the same order on any machine, and small ones faster."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def shell() -> Callable[..., Completed]:
    """`dtfviz ...` as a process of its own."""
    return lambda *arguments, **environment: run(sys.executable, "-m", "dtfviz", *arguments, **environment)


@pytest.fixture
def inside(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Completed]:
    """`dtfviz ...` in this process: what it prints and returns, without the seconds of importing torch."""

    def call(*arguments: str, **environment: str) -> Completed:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        code = cli.run(arguments)
        return Completed(arguments, code, *capsys.readouterr())

    return call


@pytest.fixture
def fresh() -> Callable[..., Completed]:
    """Some Python in a process of its own."""
    return lambda code, *arguments, **environment: run(sys.executable, "-c", code, *arguments, **environment)


@pytest.fixture
def draw() -> Callable[..., Tensor]:
    """Seeded normal numbers in float64."""
    generator = torch.Generator().manual_seed(0)
    return lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)
