"""Where a model runs."""

import torch

from dtfviz.core.errors import DeviceError


def pick_device(wanted: str | torch.device) -> torch.device:
    """`auto` is the GPU where there is one."""
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise DeviceError(f"no device is called {wanted!r}", fact=str(error).splitlines()[0], hint="--device auto") from error
    if device.type == "cuda" and not (torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()):
        raise DeviceError(f"{wanted} is not there", fact=f"torch sees {torch.cuda.device_count()} CUDA devices", hint="--device cpu")
    return device
