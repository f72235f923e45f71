"""What folding gains on the CPU: whole forward passes and a Grad-CAM, against the definition and against the model as
one would first write it (plain.py), and how far the folded net is from its own convolutions and matrix products alone.

One thread, float32, one clip at 224 pixels; ratios of the fastest rounds, interleaved, in CPU seconds.
"""

import sys
from collections.abc import Callable
from functools import partial
from time import process_time
from typing import Any

import torch
from plain import plain
from timing import fastest
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

import dtfviz
from dtfviz.core.models.building import build_model
from dtfviz.core.models.dtf.temporal import wake

aten, mkldnn = torch.ops.aten, torch.ops.mkldnn
PRODUCTS = (
    *(aten.mm, aten.addmm, aten.addmm_, aten.bmm, aten.baddbmm, aten.convolution),
    *(aten._scaled_dot_product_flash_attention_for_cpu, mkldnn._convolution_pointwise, mkldnn._linear_pointwise),
)


class Recorder(TorchDispatchMode):
    """Keeps every convolution and matrix product, to be run again without what stands between them."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's own is not typed
        self.calls: list[Callable[[], Any]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.overloadpacket in PRODUCTS:
            own = tuple(part.clone() if is_plain(part) else part for part in args)
            self.calls.append(partial(func, *own, **(kwargs or {})))
        return func(*args, **(kwargs or {}))


def is_plain(part: object) -> bool:
    """A packed weight has no storage to copy."""
    return isinstance(part, Tensor) and part.layout == torch.strided


@torch.no_grad()
def products_of(model: nn.Module, clip: Tensor) -> Callable[[], None]:
    """All of a model's convolutions and matrix products, on inputs of its own."""
    with Recorder() as recorder:
        model(clip)

    def run() -> None:
        for call in recorder.calls:
            call()

    return run


def run(model: nn.Module, clip: Tensor) -> None:
    with torch.no_grad():
        model(clip)


def lively(name: str, frames: int) -> nn.Module:
    """Random weights whose temporal operators add something."""
    model = build_model(name, frames=frames).eval()
    wake(model, 0.5)
    return model


def compare(name: str, frames: int, rounds: int) -> str:
    model = lively(name, frames)
    folded, clip = dtfviz.fold(model), torch.randn(1, 3, frames, 224, 224)
    run(folded, clip)  # packs its weights
    asked = [partial(run, one, clip) for one in (plain(model), model, folded)]
    first, exact, fast, products = fastest([*asked, products_of(folded, clip)], rounds, process_time)
    ratios = f"{first / fast:.2f} times as fast as the plain form, {exact / fast:.2f} times as the exact model"
    return f"{name}, {frames} frames: folded {fast:.2f} s, {ratios}; {fast / products:.2f} times its own products"


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(0)
    wanted = sys.argv[1:] or ["dtf_net_r50:16", "dtf_net_r50:64", "dtf_swin_b:16"]
    for one in wanted:
        name, _, frames = one.partition(":")
        print(compare(name, int(frames), rounds=3 if frames == "16" else 2), flush=True)
