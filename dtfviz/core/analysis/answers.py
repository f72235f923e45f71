"""What a model answers to many versions of one clip: several at once, in float64 from its logits on."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import torch
from torch import Tensor, nn

from dtfviz.core.errors import ModelError
from dtfviz.core.models.cut import evaluating

AT_ONCE = 4  # clips: more are no faster and take more memory


@torch.no_grad()
def answers(model: nn.Module, versions: Iterable[Tensor], on_done: Callable[[int], None] = lambda done: None) -> Tensor:
    """[1, 3, F, H, W] each -> logits [versions, classes] in float64 on the CPU; `on_done` hears how many are there."""
    device, found, done = next(model.parameters()).device, [], 0
    with evaluating(model):
        for some in several(versions, AT_ONCE):
            logits = model(torch.cat(some).to(device)).double().cpu()
            if not bool(torch.isfinite(logits).all()):
                fact = f"{int((~logits.isfinite()).sum())} of {logits.numel()} logits are NaN or infinite"
                raise ModelError("the model's scores are not finite", fact=fact)
            found.append(logits)
            done += len(some)
            on_done(done)
    return torch.cat(found)


def several(things: Iterable[Tensor], count: int) -> Iterator[list[Tensor]]:
    left = iter(things)
    while some := list(islice(left, count)):
        yield some
