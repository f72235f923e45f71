"""What works here and what does not, looked at part by part; a part that is broken must not hide the others."""

from collections.abc import Callable

from dtfviz.core.doctor import gpu, machine, packages
from dtfviz.core.results.doctor import Examination, Finding

CHECKS: tuple[Callable[[], Finding], ...] = (
    packages.python,
    packages.dtfviz,
    packages.torch,
    packages.torchvision,
    packages.grad_cam,
    packages.opencv,
    packages.pyav,
    gpu.cuda,
    gpu.cupy,
    gpu.compiler,
    packages.browser,
    machine.memory,
    machine.disk,
    machine.threads,
    machine.left_behind,
    machine.weights,
)


def examine() -> Examination:
    """Every check in turn."""
    return Examination(tuple(check() for check in CHECKS))
