"""The Dynamic Temporal Filter block, in the order of the paper's section 3.

    x [B, C, T, H, W] --> frame-wise aggregation --> enhanced --> rfft over T --> spectrum --.
                                    |                    |                                   * --> mixing --> norm
                               correlation --> filter predictor --> filter [B, C, F, H, W] --'                 |
    out = x + irfft(alpha1 * normed) + bias <------------------------------------------------------------------'

F = T//2 + 1 frequency bins; every position has a filter of its own. Names of parameters are those of the released code.
"""

import torch
from torch import Tensor, nn, unflatten
from torch.fft import irfft, rfft

from dtfviz.core.choices import FILTER_LAYOUTS, PAPER, RELEASED
from dtfviz.core.errors import ModelError
from dtfviz.core.models.seams import Enhanced
from dtfviz.core.ops import frame_aggregation


class ComplexLinear(nn.Module):
    """One complex matrix over the channels, the same for every bin and position."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.complex_weight = nn.Parameter(0.02 * torch.randn(dim, dim, 2))  # [out, in, (re, im)]

    def matrix(self) -> Tensor:
        # clone: tensors read from a file can sit at addresses that complex arithmetic dislikes
        return torch.view_as_complex(self.complex_weight.clone(memory_format=torch.contiguous_format))

    def forward(self, spectrum: Tensor) -> Tensor:
        return torch.einsum("oc,bcfhw->bofhw", self.matrix(), spectrum)


class ComplexNorm(nn.Module):
    """Batch norm without gain or shift: one mean and one variance a channel, over real and imaginary parts alike."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm3d(dim, affine=False)

    def forward(self, spectrum: Tensor) -> Tensor:
        parts = torch.view_as_real(spectrum)
        normed: Tensor = self.norm(parts.flatten(-2)).reshape(parts.shape)
        return torch.view_as_complex(normed.contiguous())


def expand_filter(predicted: Tensor, dim: int, steps: int, layout: str, sharing: int) -> Tensor:
    """Predicted values [B, C*F*2/G, H, W] -> the filter [B, C, F, H, W], complex.

    `released` repeats each value over G consecutive (channel, bin, part) cells, so real and imaginary parts are equal
    and a channel holds one or two distinct values; `paper` shares each complex filter among G channels.
    """
    bins = steps // 2 + 1
    if layout == RELEASED:
        cells = unflatten(predicted.repeat_interleave(sharing, dim=1), 1, (dim, bins, 2))
    else:
        cells = unflatten(predicted, 1, (dim // sharing, bins, 2)).repeat_interleave(sharing, dim=1)
    return torch.complex(cells[:, :, :, 0].contiguous(), cells[:, :, :, 1].contiguous())


def to_time(spectrum: Tensor, steps: int, dim: int, norm: str = "backward") -> Tensor:
    """The real signal of `steps` steps; imaginary parts of bin 0 and, for even `steps`, of the last bin are ignored."""
    signal: Tensor = irfft(spectrum, n=steps, dim=dim, norm=norm)
    return signal


class DTFBlock(nn.Module):
    """The block, and the ablations that leave a part of it out.

    `aggregates`: the feature is enhanced by its next step. `correlates`: the predictor also sees the correlation.
    `predicts`: the filter depends on the clip and the position; otherwise it is one learnt filter for all of them.
    """

    def __init__(
        self,
        dim: int,
        steps: int,
        *,
        filter_layout: str = RELEASED,
        factor_g: int = 16,
        alpha_init: float = 0.0,
        kernel_size: int = 3,
        aggregates: bool = True,
        correlates: bool = True,
        predicts: bool = True,
    ) -> None:
        super().__init__()
        self.dim, self.steps, self.bins = dim, steps, steps // 2 + 1
        self.filter_layout, self.factor_g = filter_layout, factor_g
        self.aggregates, self.correlates, self.predicts = aggregates, correlates and predicts, predicts
        self.alpha1 = nn.Parameter(torch.full((1, dim, 1, 1, 1), alpha_init))
        self.bias = nn.Parameter(torch.zeros(1, dim, 1, 1, 1))
        if self.aggregates or self.correlates:
            weight = torch.full((dim, steps, kernel_size, kernel_size), 1.0 / dim)
            self.weights_cor = nn.Parameter(weight, requires_grad=False)
        if predicts:
            check_sharing(dim, steps, filter_layout, factor_g)
            seen = dim + (kernel_size**2 if correlates else 0)
            self.filter_g = nn.Conv2d(seen * steps, dim * self.bins * 2 // factor_g, 1, bias=False)
            nn.init.kaiming_normal_(self.filter_g.weight, mode="fan_out", nonlinearity="relu")
        else:
            self.fixed_filter = nn.Parameter(0.02 * torch.randn(dim, self.bins, 2))
        self.linear1 = ComplexLinear(dim)
        self.norm1 = ComplexNorm(dim)

    @property
    def predictor(self) -> nn.Module | None:
        """The convolution whose output holds the filter's values; nothing where the filter is learnt."""
        return self.filter_g if self.predicts else None

    def enhance(self, x: Tensor) -> Enhanced:
        if not (self.aggregates or self.correlates):
            return Enhanced(x, None)
        enhanced, correlation = frame_aggregation(x, self.weights_cor)
        return Enhanced(enhanced if self.aggregates else x, correlation if self.correlates else None)

    def predict(self, enhanced: Enhanced) -> Tensor:
        """The predictor's values [B, C*F*2/G, H, W], before they are shared out."""
        feature, correlation = enhanced
        seen = feature if correlation is None else torch.cat([feature, correlation.to(feature.dtype)], dim=1)
        predicted: Tensor = self.filter_g(seen.flatten(1, 2))  # input index = channel * T + step
        return predicted

    def filter(self, enhanced: Enhanced) -> Tensor:
        """[B, C, F, H, W], complex: what multiplies the spectrum at every position."""
        if not self.predicts:
            return torch.view_as_complex(self.fixed_filter.clone())[None, :, :, None, None]
        predicted = self.predict(enhanced).to(self.complex_part(enhanced.feature))
        return expand_filter(predicted, self.dim, self.steps, self.filter_layout, self.factor_g)

    def respond(self, feature: Tensor, filter: Tensor) -> Tensor:
        """What the block adds to its input when this filter is held."""
        spectrum = rfft(feature.to(self.complex_part(feature)), dim=2, norm="ortho")
        normed = self.norm1(self.linear1(filter * spectrum))
        return to_time(normed * self.alpha1, self.steps, dim=2, norm="ortho") + self.bias

    def forward(self, x: Tensor) -> Tensor:
        enhanced = self.enhance(x)
        added = self.respond(enhanced.feature, self.filter(enhanced))
        return x + added.to(x.dtype)

    @staticmethod
    def complex_part(x: Tensor) -> torch.dtype:
        """There is no 16-bit complex arithmetic worth having: half-precision clips are filtered in float32."""
        return torch.float32 if x.dtype in (torch.float16, torch.bfloat16) else x.dtype

    # --- the block as a linear operator on its enhanced feature, for a held filter (evaluation mode) ---
    def statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of every channel, as the norm knows them."""
        norm = self.norm1.norm
        if norm.running_mean is None or norm.running_var is None:
            raise ModelError("the block's norm keeps no running statistics, so its response cannot be stated")
        return norm.running_mean, torch.sqrt(norm.running_var + norm.eps)

    def gain(self) -> Tensor:
        """alpha / standard deviation of every output channel [C]."""
        return self.alpha1.flatten() / self.statistics()[1]

    def mixing(self) -> Tensor:
        """Channel mixing, norm and alpha as one complex matrix [C_out, C_in]."""
        return self.gain()[:, None] * self.linear1.matrix()

    def has_phase(self) -> Tensor:
        """[F]: which bins keep their imaginary part on the way back to time; bin 0 and, for even T, the last one do
        not.
        """
        bins = torch.arange(self.bins)
        return (bins > 0) & (2 * bins != self.steps)

    def effective_response(self, filter: Tensor) -> Tensor:
        """The filter of one position [C, F] after mixing, norm and alpha: [C_out, C_in, F]."""
        return self.mixing()[:, :, None] * filter[None]

    def effective_kernel(self, filter: Tensor) -> Tensor:
        """The temporal kernels [C_out, C_in, T], applied circularly to the enhanced feature."""
        return to_time(self.effective_response(filter), self.steps, dim=-1)

    def effective_offset(self) -> Tensor:
        """What is added whatever the clip holds [C, T]: the norm's mean, brought back to time, and the bias."""
        level = (-self.gain() * self.statistics()[0])[:, None].expand(-1, self.bins)
        return to_time(torch.complex(level, level), self.steps, dim=-1, norm="ortho") + self.bias.flatten()[:, None]


def check_sharing(dim: int, steps: int, filter_layout: str, factor_g: int) -> None:
    """An error where a filter's values cannot be shared out evenly."""
    if filter_layout not in FILTER_LAYOUTS:
        raise ModelError(
            f"no filter layout is called {filter_layout!r}", fact=f"the layouts are {', '.join(FILTER_LAYOUTS)}"
        )
    cells = dim if filter_layout == PAPER else dim * (steps // 2 + 1) * 2
    if cells % factor_g:
        what = "channels" if filter_layout == PAPER else "filter cells (channels x bins x 2)"
        raise ModelError(
            f"a filter of {dim} channels and {steps} steps cannot be shared by {factor_g}",
            fact=f"the {filter_layout} layout divides {cells} {what} into groups of {factor_g}",
            hint="choose widths that are multiples of factor_g",
        )
