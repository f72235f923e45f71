"""The shipped CUDA source without a GPU: compiled by NVRTC for every architecture, and run on the CPU through a host
shim.

The runs go through `cuda.py` itself, with a stand-in for CuPy, so that the order of arguments is tested too. With a GPU
and CuPy there is one more test, on the device.
"""

import ctypes
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest
import torch

from dtfviz.core.ops import cuda
from dtfviz.core.ops.frame_aggregation import definition

ARCHITECTURES = ["sm_75", "sm_80", "sm_86", "sm_89", "sm_90"]
INSTANCES = [
    cuda.instance(kernel, storage, size)
    for kernel in cuda.KERNELS
    for storage in cuda.STORAGE.values()
    for size in (1, 3, 5)
]
SHAPES = [(1, 4, 4, 5, 5), (2, 5, 3, 4, 7), (3, 8, 1, 1, 2), (1, 64, 4, 14, 14)]


# --- compiled ---------------------------------------------------------------------------------------------------------
def find_nvrtc() -> ctypes.CDLL:
    libraries = [path for folder in sys.path for path in sorted(Path(folder).glob("nvidia/**/libnvrtc.so.12"))]
    assert libraries, "the test extra brings nvidia-cuda-nvrtc-cu12"
    return ctypes.CDLL(str(libraries[0]))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_nvrtc_compiles_every_kernel_without_spilling(architecture):
    nvrtc = find_nvrtc()
    program = ctypes.c_void_p()
    assert (
        nvrtc.nvrtcCreateProgram(
            ctypes.byref(program), cuda.SOURCE.read_bytes(), b"frame_aggregation.cu", 0, None, None
        )
        == 0
    )
    for name in (name for name in INSTANCES if "3>" in name):
        assert nvrtc.nvrtcAddNameExpression(program, name.encode()) == 0
    options = [
        option.encode() for option in (*cuda.OPTIONS, f"--gpu-architecture={architecture}", "--ptxas-options=-v")
    ]
    status = nvrtc.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*options))
    size = ctypes.c_size_t()
    nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetProgramLog(program, log)
    text = log.value.decode()
    assert status == 0, text
    assert text.count("Used ") == len(cuda.KERNELS) * len(cuda.STORAGE)
    assert text.count("0 bytes spill stores, 0 bytes spill loads") == len(cuda.KERNELS) * len(cuda.STORAGE), text


# --- run on the CPU ---------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def host_build(tmp_path_factory) -> ctypes.CDLL:
    """The shipped source as a shared library of the host."""
    if shutil.which("g++") is None:
        pytest.skip("no g++ on this machine")
    folder = tmp_path_factory.mktemp("host")
    dispatch = "\n".join(
        f'  if (!std::strcmp(name, "{name}")) return launch({name}, grid, block, arguments, count, backwards);'
        for name in INSTANCES
    )
    signature = "const char* name, unsigned grid, unsigned block, const long long* arguments, int count, bool backwards"
    (folder / "host.cpp").write_text(
        f'#include "shim.h"\nextern "C" int run({signature}) {{\n{dispatch}\n  return -1;\n}}\n'
    )
    includes = [f"-I{Path(__file__).parent}", f"-I{cuda.SOURCE.parent}"]
    command = [
        "g++",
        "-O2",
        "-std=c++17",
        "-shared",
        "-fPIC",
        *includes,
        str(folder / "host.cpp"),
        "-o",
        str(folder / "host.so"),
    ]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(folder / "host.so"))


class NoContext:
    def __init__(self, *_: object) -> None: ...
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


@pytest.fixture(params=[False, True], ids=["first thread first", "last thread first"])
def host_cupy(host_build, monkeypatch, request):
    """A stand-in for the little of CuPy that `cuda.py` uses."""

    class RawModule:
        def __init__(self, *, code, options, name_expressions):
            assert code == cuda.SOURCE.read_text()
            self.names = name_expressions

        def get_function(self, name):
            assert name in self.names

            def run(grid, block, arguments):
                values = (ctypes.c_longlong * len(arguments))(*arguments)
                assert host_build.run(name.encode(), grid[0], block[0], values, len(arguments), request.param) == 0

            return run

    cupy = types.ModuleType("cupy")
    cupy.RawModule = RawModule
    cupy.cuda = types.SimpleNamespace(Device=NoContext, Stream=NoContext, ExternalStream=NoContext)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    monkeypatch.setattr(
        torch.cuda, "current_stream", lambda device: types.SimpleNamespace(cuda_stream=0, device_index=0)
    )
    cuda.load.cache_clear()
    yield
    cuda.load.cache_clear()


def rounding(dtype):
    """The last place of what is stored, and of a sum of a few hundred products in float32."""
    return {torch.float64: 1e-13, torch.float32: 2e-6, torch.float16: 2**-10, torch.bfloat16: 2**-7}[dtype]


def compare(x, weight, dilation, draw):
    """Forward and backward of the kernels against autograd of the definition, in float64 on the same stored values."""
    wide, wide_weight = x.detach().double().requires_grad_(), weight.detach().double().requires_grad_()
    expected = definition(wide, wide_weight, dilation)
    enhanced, correlation = cuda.forward(x, weight, dilation)
    seeds = [draw(*out.shape).to(x.device) for out in expected]
    seeds = [seed.to(ours.dtype) for seed, ours in zip(seeds, (enhanced, correlation), strict=True)]
    expected_grads = torch.autograd.grad(expected, (wide, wide_weight), [seed.double() for seed in seeds])
    grads = cuda.backward(*seeds, x, weight, correlation, dilation, True)
    for ours, theirs in zip((enhanced, correlation, *grads), (*expected, *expected_grads), strict=True):
        torch.testing.assert_close(
            ours.double(), theirs, rtol=0, atol=rounding(ours.dtype) * float(theirs.detach().abs().max())
        )
    assert enhanced.stride() == x.stride()
    assert cuda.backward(*seeds, x, weight, correlation, dilation, False)[1].numel() == 0


@pytest.mark.usefixtures("host_cupy")
@pytest.mark.parametrize("dtype", list(cuda.STORAGE))
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last_3d])
def test_the_kernels_equal_the_definition(draw, dtype, shape, memory_format):
    x = draw(*shape).to(dtype).to(memory_format=memory_format)
    compare(x, (draw(*shape[1:3], 3, 3) / shape[1]).to(dtype), 1, draw)


@pytest.mark.usefixtures("host_cupy")
@pytest.mark.parametrize(("kernel_size", "dilation"), [(1, 1), (5, 1), (3, 2)])
def test_other_windows_equal_the_definition(draw, kernel_size, dilation):
    compare(draw(2, 4, 3, 6, 5), draw(4, 3, kernel_size, kernel_size), dilation, draw)


@pytest.mark.usefixtures("host_cupy")
def test_a_permuted_view_is_read_as_what_it_is(draw):
    tokens = draw(2 * 4, 3 * 5, 6)  # as a transformer folds its clips: no copy makes this planar
    compare(tokens.view(2, 4, 3, 5, 6).permute(0, 4, 1, 2, 3), draw(6, 4, 3, 3), 1, draw)


def test_the_shim_notices_a_wrong_number_of_arguments(host_build):
    name = cuda.instance("frame_aggregation_forward", "float", 3).encode()
    assert host_build.run(name, 1, 1, (ctypes.c_longlong * 2)(), 2, False) > 0


def test_torchs_stream_is_lent_by_the_protocol_where_both_know_it():
    class Stream:
        @classmethod
        def from_external(cls, stream):
            return "by protocol", stream

    older = types.SimpleNamespace(cuda=types.SimpleNamespace(Stream=object, ExternalStream=lambda *given: given))
    newer = types.SimpleNamespace(cuda=types.SimpleNamespace(Stream=Stream, ExternalStream=None))
    plain = types.SimpleNamespace(cuda_stream=7, device_index=1)
    stream = types.SimpleNamespace(__cuda_stream__=lambda: (0, 7), cuda_stream=7, device_index=1)
    assert cuda.borrow_stream(newer, stream) == ("by protocol", stream)
    assert cuda.borrow_stream(older, stream) == (7, 1)
    newer.cuda.ExternalStream = older.cuda.ExternalStream
    assert cuda.borrow_stream(newer, plain) == (7, 1)


def test_without_a_gpu_nothing_is_registered_and_cupy_is_not_imported(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    cuda.register(None)
    assert not cuda.is_ready()


@pytest.mark.skipif(not cuda.is_ready(), reason="needs a GPU and CuPy")
@pytest.mark.parametrize("dtype", list(cuda.STORAGE))
@pytest.mark.parametrize("shape", SHAPES)
def test_on_a_gpu_the_kernels_equal_the_definition(draw, dtype, shape):
    compare(draw(*shape).to("cuda", dtype), (draw(*shape[1:3], 3, 3) / shape[1]).to("cuda", dtype), 1, draw)
