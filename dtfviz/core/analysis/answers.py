"""What a model answers to many versions of one clip: several at once, in float64 from its logits on.

A mean over frames in another order is not the same float32 number to the last bit, so a model that looks at frames one
by one would seem to notice a shuffle. Logits that agree with the clip's own within ROUNDING count as the same; all that
is computed from them is then exactly 0, and whatever exceeds that is no rounding.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import torch
from torch import Tensor, nn

from dtfviz.core.errors import ModelError
from dtfviz.core.models.answers import Settle
from dtfviz.core.models.borrow.cut import evaluating
from dtfviz.core.models.inputs import device_of

AT_ONCE = 4  # clips: memory grows with them
ROUNDING = 2.0**-16  # of the largest logit: per-frame nets of 50 to 100 layers were seen to differ by up to 2**-20


@torch.no_grad()
def answers(
    model: nn.Module, versions: Iterable[Tensor], settle: Settle, on_done: Callable[[int], None] = lambda done: None
) -> Tensor:
    """[1, 3, F, H, W] each -> scores [versions, classes] in float64 on the CPU; `on_done` hears how many are there."""
    device, found, done = device_of(model), [], 0
    with evaluating(model):
        for some in several(versions, AT_ONCE):
            logits = settle(model(torch.cat(some).to(device))).double().cpu()
            if not bool(torch.isfinite(logits).all()):
                fact = f"{int((~logits.isfinite()).sum())} of {logits.numel()} logits are NaN or infinite"
                raise ModelError("the model's scores are not finite", fact=fact)
            found.append(logits)
            done += len(some)
            on_done(done)
    return torch.cat(found)


def several(things: Iterable[Tensor], count: int) -> Iterator[list[Tensor]]:
    """A few at a time."""
    left = iter(things)
    while some := list(islice(left, count)):
        yield some


def without_rounding(logits: Tensor) -> Tensor:
    """[clips, classes], of which the first is the clip as it is: lines that equal it but for rounding become it."""
    own = logits[:1]
    is_same = (logits - own).abs().amax(dim=1, keepdim=True) <= ROUNDING * own.abs().max()
    return torch.where(is_same, own, logits)
