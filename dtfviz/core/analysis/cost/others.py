"""Other tools that count multiply-adds. Each is called as its documentation says, and answers in MACs."""

import contextlib
import io
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

import torch
from torch import Tensor, nn

from dtfviz.core.choices import OTHER_COUNTERS
from dtfviz.core.errors import DeviceError, ModelError, Try

Count = Callable[[nn.Module, Tensor], float]
# what tools that patch, trace and hook a stranger's module are known to raise
FAILURES = (RuntimeError, TypeError, ValueError, AttributeError, LookupError, NotImplementedError, AssertionError)


def by_fvcore(model: nn.Module, x: Tensor) -> float:
    """It calls a multiply-add one FLOP."""
    counted = import_module("fvcore.nn").FlopCountAnalysis(model, x)
    return float(counted.total())


def by_ptflops(model: nn.Module, x: Tensor) -> float:
    """Of the whole batch: given by name, it is not divided by."""
    count = import_module("ptflops").get_model_complexity_info
    options = {"as_strings": False, "print_per_layer_stat": False}
    macs, _ = count(nn.Sequential(model), tuple(x.shape), input_constructor=lambda _: {"input": x}, **options)
    return float(macs)


def by_thop(model: nn.Module, x: Tensor) -> float:
    """It calls MACs FLOPs in places; what it returns are MACs."""
    macs, _ = import_module("thop").profile(model, inputs=(x,), verbose=False)
    return float(macs)


def by_calflops(model: nn.Module, x: Tensor) -> float:
    """The second of its three numbers."""
    count = import_module("calflops").calculate_flops
    _, macs, _ = count(model, args=[x], output_as_string=False, print_results=False, print_detailed=False)
    return float(macs)


def by_torchinfo(model: nn.Module, x: Tensor) -> float:
    """It calls them mult-adds."""
    summary = import_module("torchinfo").summary
    return float(summary(model, input_data=x, verbose=0, device=x.device).total_mult_adds)


@dataclass(frozen=True)
class Tool:
    """A counter that may be installed."""

    name: str
    count: Count
    needs_memory: bool = False  # whether it traces real tensors; the others count on meta

    @property
    def version(self) -> str:
        """Empty where it is not installed."""
        try:
            return version(self.name)
        except PackageNotFoundError:
            return ""

    def macs(self, module: nn.Module, x: Tensor) -> int:
        """Of one input, without what the tool says meanwhile; an error where it fails on the module."""
        if self.needs_memory:
            module, x = in_memory(module), torch.zeros(x.shape, dtype=x.dtype)
        try:
            with quiet(), torch.no_grad():
                return round(self.count(module.eval(), x))
        except FAILURES as error:
            raise ModelError(f"{self.name}: {type(error).__name__}: {error}") from error


COUNTS: dict[str, Count] = {
    "fvcore": by_fvcore,
    "ptflops": by_ptflops,
    "thop": by_thop,
    "calflops": by_calflops,
    "torchinfo": by_torchinfo,
}
TOOLS = {name: Tool(name, COUNTS[name], needs_memory=name == "fvcore") for name in OTHER_COUNTERS}


def check_installed(tools: Iterable[str]) -> None:
    """An error where none of them is."""
    if not any(TOOLS[name].version for name in tools):
        raise DeviceError(
            f"{', '.join(tools)}: not installed",
            fact="only the numbers of tools that are there can be shown",
            hint=Try(("pip", "install", "dtfviz[compare]")),
        )


def in_memory(module: nn.Module) -> nn.Module:
    """With zeros for what was on meta: counts do not depend on values, and zero is an index into anything."""
    built = module.to_empty(device="cpu")
    with torch.no_grad():
        for tensor in (*built.parameters(), *built.buffers()):
            tensor.zero_()
    return built


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the prints, logs and warnings of others: stdout is for data."""
    before = logging.root.manager.disable
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(before)
