"""Where a model runs."""

import os

import torch

from dtfviz.core.errors import DeviceError, Use


def pick_device(wanted: str | torch.device) -> torch.device:
    """`auto` is the GPU where there is one; of several processes each has its own."""
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = own_device(torch.device(wanted))
    except RuntimeError as error:
        raise DeviceError(
            f"no device is called {wanted!r}", fact=str(error).splitlines()[0], hint=Use("device", "auto")
        ) from error
    if device.type == "cuda" and not (torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()):
        raise DeviceError(
            f"{device} is not there",
            fact=f"torch sees {torch.cuda.device_count()} CUDA devices",
            hint=Use("device", "cpu"),
        )
    if device.type not in ("cpu", "cuda"):
        check_there(device)
    return device


def check_there(device: torch.device) -> None:
    """An error for a device whose name torch knows and on which it cannot compute here."""
    try:
        torch.zeros(1, device=device).cpu()
    except (RuntimeError, AssertionError, ImportError) as error:  # whatever the backend that is lacking raises
        found = torch.accelerator.current_accelerator(check_available=True)
        raise DeviceError(
            f"{device} is not there",
            fact=f"torch computes on cpu{f' and {found.type}' if found else ' alone'} here",
            hint=Use("device", "auto"),
        ) from error


def own_device(device: torch.device) -> torch.device:
    """Each process that torchrun began on a machine has a GPU of its own, unless one is named."""
    if device.type == "cuda" and device.index is None and "LOCAL_RANK" in os.environ:
        return torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    return device
