"""What can stand in a block's temporal slot: the DTF block, its ablations, and the operators that Table 1 compares it
with.

The paper names the variants without defining every detail; this is the plainest reading, and each step down the list
adds one thing. All but `none` and `shift` share one shell, so that only the temporal operator differs: out = x + alpha
* norm(op(x)) + bias, with alpha 0 at the start, so that a fresh operator is the identity.

    none       the plain 2-D backbone
    shift      temporal shift: 1/8 of the channels from the next step, 1/8 from the one before; no parameters, 0 MACs
    dtf_1d     a fixed 3x1x1 convolution over steps, all channels to all channels
    dtf_1d+    a depthwise 3-tap kernel over steps, predicted at each position from all its steps, shared by G channels
    dtf_f      one learnt frequency filter a channel, the same at every position and for every clip
    dtf_nofa   the filter is predicted at each position, without frame-wise aggregation
    dtf_agg    ... and the feature is enhanced by aggregation
    dtf_cor    ... or the predictor sees the correlation (but the feature is not enhanced)
    dtf        both: the DTF block
"""

import torch
from torch import Tensor, nn, unflatten

from dtfviz.core.choices import RELEASED, TEMPORAL
from dtfviz.core.errors import ModelError, OptionError
from dtfviz.core.models.dtf.block import DTFBlock
from dtfviz.core.models.seams import Kernels, weights_by_lag

DTF_PARTS: dict[str, dict[str, bool]] = {
    "dtf": {},
    "dtf_cor": {"aggregates": False},
    "dtf_agg": {"correlates": False},
    "dtf_nofa": {"aggregates": False, "correlates": False},
    "dtf_f": {"aggregates": False, "predicts": False},
}


class Shift(nn.Module):
    """Zero-padded shift of a quarter of the channels by one step, half of them each way."""

    def forward(self, x: Tensor) -> Tensor:
        share = x.shape[1] // 8
        out = torch.zeros_like(x)
        out[:, :share, :-1] = x[:, :share, 1:]
        out[:, share : 2 * share, 1:] = x[:, share : 2 * share, :-1]
        out[:, 2 * share :] = x[:, 2 * share :]
        return out

    def temporal_kernels(self, channels: int) -> Kernels:
        """What becomes of an impulse in the middle one of three steps, each channel on its own."""
        impulses = torch.zeros(channels, channels, 3, 1, 1, dtype=torch.float64)
        impulses[:, :, 1, 0, 0] = torch.eye(channels)
        answers = self(impulses)[:, :, :, 0, 0].diagonal().T[:, None]
        return Kernels("shift", torch.tensor([-1, 0, 1]), answers, torch.ones(channels, dtype=torch.float64))


class FixedConv(nn.Module):
    """DTF_1d."""

    def __init__(self, dim: int, alpha_init: float = 0.0) -> None:
        super().__init__()
        self.alpha1 = nn.Parameter(torch.full((1, dim, 1, 1, 1), alpha_init))
        self.bias = nn.Parameter(torch.zeros(1, dim, 1, 1, 1))
        self.conv = nn.Conv3d(dim, dim, (3, 1, 1), padding=(1, 0, 0), bias=False)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")
        self.norm = nn.BatchNorm3d(dim, affine=False)

    def forward(self, x: Tensor) -> Tensor:
        added: Tensor = self.norm(self.conv(x))
        return x + self.alpha1 * added + self.bias

    def temporal_kernels(self, channels: int) -> Kernels:
        """The convolution's, scaled by alpha over the standard deviation."""
        if self.norm.running_var is None:
            raise ModelError("the operator's norm keeps no running statistics, so its response cannot be stated")
        scale = self.alpha1.flatten() / (self.norm.running_var + self.norm.eps).sqrt()
        return Kernels("dtf_1d: 3x1x1 convolution", *weights_by_lag(self.conv), scale.double().cpu())


class DynamicConv(nn.Module):
    """DTF_1d+."""

    def __init__(self, dim: int, steps: int, factor_g: int = 16, alpha_init: float = 0.0) -> None:
        super().__init__()
        if dim % factor_g:
            raise OptionError(f"dtf_1d+ cannot share a kernel among {factor_g} of {dim} channels")
        self.factor_g = factor_g
        self.alpha1 = nn.Parameter(torch.full((1, dim, 1, 1, 1), alpha_init))
        self.bias = nn.Parameter(torch.zeros(1, dim, 1, 1, 1))
        self.kernel_g = nn.Conv2d(dim * steps, dim // factor_g * 3, 1, bias=False)
        nn.init.kaiming_normal_(self.kernel_g.weight, mode="fan_out", nonlinearity="relu")
        self.norm = nn.BatchNorm3d(dim, affine=False)

    def predicted_taps(self, x: Tensor) -> Tensor:
        """[B, C, 3, H, W]: the taps on the step before, the step itself and the next one."""
        predicted: Tensor = self.kernel_g(x.flatten(1, 2))
        return unflatten(predicted, 1, (-1, 3)).repeat_interleave(self.factor_g, dim=1)

    def forward(self, x: Tensor) -> Tensor:
        steps, kernel = x.shape[2], self.predicted_taps(x)
        padded = nn.functional.pad(x, (0, 0, 0, 0, 1, 1))
        added = sum(kernel[:, :, tap, None] * padded[:, :, tap : tap + steps] for tap in range(3))
        normed: Tensor = self.norm(added)
        return x + self.alpha1 * normed + self.bias


def temporal_operator(
    kind: str, dim: int, steps: int, *, filter_layout: str = RELEASED, factor_g: int = 16, alpha_init: float = 0.0
) -> nn.Module:
    """The operator for features of `dim` channels and `steps` steps."""
    if kind in DTF_PARTS:
        return DTFBlock(
            dim, steps, filter_layout=filter_layout, factor_g=factor_g, alpha_init=alpha_init, **DTF_PARTS[kind]
        )
    if kind == "dtf_1d":
        return FixedConv(dim, alpha_init)
    if kind == "dtf_1d+":
        return DynamicConv(dim, steps, factor_g, alpha_init)
    if kind == "shift":
        return Shift()
    if kind == "none":
        return nn.Identity()
    raise OptionError(f"no temporal operator is called {kind!r}", fact=f"the operators are {', '.join(TEMPORAL)}")


@torch.no_grad()
def wake(model: nn.Module, alpha: float) -> None:
    """A fresh operator is the identity; from now on it adds `alpha` times its normalised output."""
    for part in model.modules():
        level = getattr(part, "alpha1", None)
        if isinstance(level, nn.Parameter):
            level.fill_(alpha)
