"""The CUDA kernels, launched through CuPy. The only file that knows CuPy.

CuPy is imported at the first launch, not before: the import costs more than most commands.
"""

import importlib
import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

SOURCE = Path(__file__).with_name("frame_aggregation.cu")
STORAGE = {torch.float16: "half_word", torch.bfloat16: "bfloat_word", torch.float32: "float", torch.float64: "double"}
ACCUMULATOR = {
    "half_word": torch.float32,
    "bfloat_word": torch.float32,
    "float": torch.float32,
    "double": torch.float64,
}
KERNELS = (
    "frame_aggregation_forward",
    "frame_aggregation_backward_scores",
    "frame_aggregation_backward_clip",
    "frame_aggregation_backward_weight",
)
OPTIONS = ("-std=c++17",)
BLOCK = 128


def is_ready() -> bool:
    """Whether a launch would work: a GPU that torch can use, and CuPy beside it."""
    return torch.cuda.is_available() and importlib.util.find_spec("cupy") is not None


def register(library: torch.library.Library) -> None:
    """Make CuPy the CUDA implementation; without it the definition goes on serving CUDA tensors."""
    if is_ready():
        library.impl("frame_aggregation", forward, "CUDA")
        library.impl("frame_aggregation_backward", backward, "CUDA")


def instance(kernel: str, storage: str, kernel_size: int) -> str:
    """The C++ name of one kernel for one storage type and window."""
    return f"{kernel}<{storage}, {kernel_size}>"


@cache
def load(storage: str, kernel_size: int, device: int) -> Any:
    """All kernels for one storage type and window, compiled once for the device's architecture."""
    cupy = importlib.import_module("cupy")
    names = [instance(kernel, storage, kernel_size) for kernel in KERNELS]
    with cupy.cuda.Device(device):
        return cupy.RawModule(code=SOURCE.read_text(), options=OPTIONS, name_expressions=names)


def borrow_stream(cupy: Any, stream: torch.cuda.Stream) -> Any:
    """Torch's stream as CuPy's: by the protocol that both know, else by its address, which newer CuPys deprecate."""
    if hasattr(cupy.cuda.Stream, "from_external") and hasattr(stream, "__cuda_stream__"):
        return cupy.cuda.Stream.from_external(stream)
    return cupy.cuda.ExternalStream(stream.cuda_stream, stream.device_index)


def launch(kernel: str, like: Tensor, kernel_size: int, count: int, arguments: list[int]) -> None:
    """Run one kernel over `count` items on torch's current stream of the tensor's device."""
    cupy = importlib.import_module("cupy")
    device = like.device.index or 0
    storage = STORAGE[like.dtype]
    function = load(storage, kernel_size, device).get_function(instance(kernel, storage, kernel_size))
    blocks = max(1, min(-(-count // BLOCK), 1 << 16))
    with cupy.cuda.Device(device), borrow_stream(cupy, torch.cuda.current_stream(like.device)):
        function((blocks,), (BLOCK,), tuple(arguments))


def clip(x: Tensor) -> list[int]:
    """A clip of any strides, as the kernels take it."""
    return [x.data_ptr(), *x.stride()]


def forward(x: Tensor, weight: Tensor, dilation: int) -> tuple[Tensor, Tensor]:
    """The operator on a GPU."""
    kernel_size = weight.shape[-1]
    weight = weight.to(ACCUMULATOR[STORAGE[x.dtype]]).contiguous()
    enhanced = torch.empty_like(x)
    correlation = x.new_empty((len(x), kernel_size**2, *x.shape[2:]), dtype=weight.dtype)
    arguments = [*clip(x), weight.data_ptr(), *clip(enhanced), correlation.data_ptr(), *x.shape, dilation]
    launch("frame_aggregation_forward", x, kernel_size, x.numel() // x.shape[1], arguments)
    return enhanced, correlation


def backward(
    grad_enhanced: Tensor,
    grad_correlation: Tensor,
    x: Tensor,
    weight: Tensor,
    correlation: Tensor,
    dilation: int,
    with_weight: bool,
) -> tuple[Tensor, Tensor]:
    """Its gradient on a GPU."""
    kernel_size = weight.shape[-1]
    wide = weight.to(correlation.dtype).contiguous()
    grad_enhanced, grad_correlation = grad_enhanced.to(x.dtype), grad_correlation.to(wide.dtype).contiguous()
    sizes = [*x.shape, dilation]
    attention, grad_scores, grad_x = torch.empty_like(correlation), torch.empty_like(correlation), torch.empty_like(x)
    pointers = [t.data_ptr() for t in (correlation, grad_correlation, attention, grad_scores)]
    positions = x.numel() // x.shape[1]
    launch(
        "frame_aggregation_backward_scores",
        x,
        kernel_size,
        positions,
        [*clip(x), *clip(grad_enhanced), *pointers, *sizes],
    )
    arguments = [
        *clip(x),
        wide.data_ptr(),
        *clip(grad_enhanced),
        attention.data_ptr(),
        grad_scores.data_ptr(),
        *clip(grad_x),
        *sizes,
    ]
    launch("frame_aggregation_backward_clip", x, kernel_size, x.numel(), arguments)
    if not with_weight:
        return grad_x, correlation.new_empty(0)
    grad_weight = torch.empty_like(wide)
    arguments = [*clip(x), grad_scores.data_ptr(), grad_weight.data_ptr(), *sizes]
    launch("frame_aggregation_backward_weight", x, kernel_size, wide.numel(), arguments)
    return grad_x, torch.empty_like(weight).copy_(grad_weight)


def try_compiler(architecture: str = "80") -> str:
    """Compile the forward kernel without a GPU; says by which NVRTC. CuPy's own errors say what is missing."""
    nvrtc = importlib.import_module("cupy.cuda").nvrtc
    program = nvrtc.createProgram(SOURCE.read_text(), SOURCE.name, (), ())
    nvrtc.addNameExpression(program, instance(KERNELS[0], "float", 3))
    nvrtc.compileProgram(program, (*OPTIONS, f"-arch=compute_{architecture}"))
    return ".".join(map(str, nvrtc.getVersion()))
