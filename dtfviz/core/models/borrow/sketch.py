"""A model without memory: its shapes and structure alone."""

import copy
from typing import Any

from torch import nn


def without_memory(model: nn.Module) -> nn.Module:
    """A copy on the meta device; nothing of the model's size is allocated."""
    if all(tensor.is_meta for tensor in model.parameters()):
        return model
    memo: dict[int, Any] = {id(buffer): buffer.to("meta") for buffer in model.buffers()}
    memo |= {
        id(weight): nn.Parameter(weight.detach().to("meta"), weight.requires_grad) for weight in model.parameters()
    }
    return copy.deepcopy(model, memo)
