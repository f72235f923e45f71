"""A model run on extents: hooks see what its modules make of them."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from dtfviz.core.analysis.reach.extents import Extents


def coordinates(frames: int, height: int, width: int) -> Tensor:
    """[6, 3, frames, height, width]: of every pixel, minus its place and its place, along each axis."""
    places = torch.stack(
        torch.meshgrid(*(torch.arange(float(side)) for side in (frames, height, width)), indexing="ij")
    )
    signed = torch.stack([-places, places], dim=1).flatten(0, 1)
    return signed[:, None].expand(-1, 3, -1, -1, -1)


def run_on_extents(model: nn.Module, clip: tuple[int, int, int], kind: type[Extents] = Extents) -> None:
    """The model, in evaluation mode, on a clip (frames, height, width) of extents of this kind."""
    held, weight = coordinates(*clip), next(model.parameters(), torch.empty(0))
    with torch.no_grad(), spelling_out_attention():
        model(kind(held, torch.empty(held.shape, dtype=weight.dtype, device="meta"), weight.device))


@contextmanager
def spelling_out_attention() -> Iterator[None]:
    """As products and softmax, not as one operator of torch's."""
    was_fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(was_fast)
