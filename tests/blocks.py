"""DTF blocks that look trained: nothing is at its initial value."""

from collections.abc import Callable

from torch import Tensor

from dtfviz.core.models.dtf.block import DTFBlock


def random_block(draw: Callable[..., Tensor], dim: int, steps: int, layout: str, **parts: bool) -> DTFBlock:
    """In float64 and evaluation mode."""
    block = DTFBlock(dim, steps, filter_layout=layout, factor_g=8 if dim < 16 else 16, **parts).double().eval()
    for name, value in block.state_dict().items():
        if value.is_floating_point() and name != "weights_cor":
            value.copy_(
                draw(*value.shape).abs() + 0.5 if name.endswith("running_var") else draw(*value.shape) / dim**0.5
            )
    return block
