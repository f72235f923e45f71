"""The GPU, as torch sees it, and what CuPy needs beside it."""

import re
from importlib import import_module
from importlib.metadata import distributions

from dtfviz.core.doctor.packages import FAILURES, brought_in, installed
from dtfviz.core.results.doctor import BROKEN, NOTE, OK, Finding

WITHOUT = "models run on the CPU"


def cuda() -> Finding:
    """Whether torch can use one."""
    torch = brought_in("torch")
    if isinstance(torch, str):
        return Finding("GPU", BROKEN, "torch cannot be imported", "see torch")
    if torch.version.cuda is None:
        return Finding("GPU", NOTE, f"torch is built without CUDA: {WITHOUT}")
    if not torch.cuda.is_available():
        return Finding("GPU", NOTE, f"none that CUDA {torch.version.cuda} can use: {WITHOUT}")
    devices = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
    return Finding("GPU", OK, ", ".join(f"{one.name} ({one.total_memory / 2**30:.0f} GiB)" for one in devices))


def wheels() -> list[str]:
    """Of CuPy: one for each CUDA, of which one at a time works."""
    names = {str(one.metadata["Name"]).lower() for one in distributions() if one.metadata["Name"]}
    return sorted(name for name in names if re.fullmatch(r"cupy(-cuda\d+x)?", name))


def extra() -> str:
    """Of dtfviz, for the CUDA that torch was built for."""
    torch = brought_in("torch")
    built = "" if isinstance(torch, str) else str(torch.version.cuda or "")
    return "cuda12" if built.startswith("12") else "cuda13"


def cupy() -> Finding:
    """Optional: without it CUDA tensors take the definition."""
    found, install = wheels(), f"pip install 'dtfviz[{extra()}]'"
    if not found:
        return Finding("CuPy", NOTE, "not installed: only the CUDA kernels need it", install)
    if len(found) > 1:
        mend = f"pip uninstall --yes {' '.join(found)} && {install}"
        return Finding("CuPy", BROKEN, f"{' and '.join(found)} overwrite each other", mend)
    module = brought_in("cupy")
    if isinstance(module, str):
        return Finding("CuPy", BROKEN, f"{found[0]} cannot be imported: {module}", install)
    return Finding("CuPy", OK, f"{found[0]} {installed(found[0])}")


def compiler() -> Finding:
    """NVRTC compiles a kernel of ours, and a GPU runs it where there is one."""
    if not wheels() or isinstance(brought_in("torch"), str):
        return Finding("NVRTC", NOTE, "not tried: it is reached through CuPy and torch")
    kernels = import_module("dtfviz.core.ops.cuda")
    try:
        found = f"{kernels.try_compiler()} compiles our kernels"
        return Finding("NVRTC", OK, f"{found}{', and the GPU runs them' if ran_kernel() else '; no GPU to run them'}")
    except FAILURES as error:
        line = str(error).strip().splitlines()[0]
        return Finding("NVRTC", BROKEN, f"{type(error).__name__}: {line}", f"pip install 'dtfviz[{extra()}]'")


def ran_kernel() -> bool:
    """Whether there is a GPU; an error where the kernel and the definition differ on it."""
    torch, kernels = import_module("torch"), import_module("dtfviz.core.ops.cuda")
    if not kernels.is_ready():
        return False
    definition = import_module("dtfviz.core.ops.frame_aggregation").definition
    clip, weight = torch.randn(1, 8, 4, 6, 6, device="cuda"), torch.randn(4, 3, 3, device="cuda")
    torch.testing.assert_close(kernels.forward(clip, weight, 1), definition(clip, weight, 1))
    return True
