"""The DTF block without complex numbers.

A real signal of T steps has T real coordinates: the real parts of bin 0 and, for even T, of the last bin (the edges),
then the real and the imaginary parts of the bins between (the inner ones). In these, with the rows' transform D,

    Z = filter * D enhanced            out = x + D^-1 (Z A + i Z B) + level

where A + iB is channel mixing, norm and alpha as one matrix, (i Z) turns real into imaginary parts and imaginary ones
into real ones of the other sign, and level is what is added whatever the clip holds. Mixing before the way back to time
takes half as many transforms as after it. Imaginary parts that the way back would drop are never computed.
"""

import copy

import torch
from torch import Tensor, nn
from torch.fft import rfft

from dtfviz.core.choices import RELEASED
from dtfviz.core.models.dtf.block import DTFBlock, expand_filter, to_time
from dtfviz.core.models.dtf.folded.convolution import asks_gradient
from dtfviz.core.ops import frame_aggregation


def edges_and_inner(steps: int) -> tuple[list[int], list[int]]:
    """Bins whose imaginary part the way back to time drops, and the others."""
    bins = steps // 2 + 1
    edges = [0, *([bins - 1] if steps % 2 == 0 else [])]
    return edges, [number for number in range(bins) if number not in edges]


def real_transform(steps: int) -> tuple[Tensor, Tensor]:
    """[T, T] each, in double precision: steps to coordinates, and back."""
    edges, inner = edges_and_inner(steps)
    spectra = rfft(torch.eye(steps, dtype=torch.float64), dim=0, norm="ortho")  # [F, T], of an impulse at each step
    forward = torch.cat([spectra.real[edges], spectra.real[inner], spectra.imag[inner]])
    bins = torch.eye(steps // 2 + 1, dtype=torch.complex128)  # [F, F], a bin a column
    units = torch.cat([bins[:, [*edges, *inner]], bins[:, inner] * 1j], dim=1)
    return forward, to_time(units, steps, dim=0, norm="ortho")


class FoldedDTF(nn.Module):
    """A DTF block, or one of its ablations, on clips [B, T, H, W, C] laid out so in memory.

    `signs` [C] says which channels of its input are turned over, `shift` [C] what is added to each besides, `has_relu`
    whether a ReLU ends it: so a batch norm after the block disappears.
    """

    forward_transform: Tensor  # [T, T]
    back_transform: Tensor  # [T, T]
    straight: Tensor  # [C_in, C_out] A
    crossed: Tensor  # [C_in, C_out] B
    level: Tensor  # [T, 1, C]
    weights_cor: Tensor
    by_step: Tensor  # [T, C, N] of the predictor
    by_score: Tensor  # [K * K * T, N]
    shares: Tensor  # [1 or 2, F * C]: which predicted value is the filter's real, and its imaginary part
    fixed: Tensor  # [2, F, 1, C]: of a filter that is not predicted

    def __init__(self, block: DTFBlock, signs: Tensor, shift: Tensor, *, has_relu: bool) -> None:
        super().__init__()
        self.has_relu = has_relu
        self.aggregates, self.correlates, self.predicts = block.aggregates, block.correlates, block.predicts
        edges, inner = edges_and_inner(block.steps)
        self.edges, order = len(edges), [*edges, *inner]
        # equal real and imaginary parts, as released: the filter is real once 1 + i is in the mixing
        self.is_real = block.predicts and block.filter_layout == RELEASED and block.factor_g % 2 == 0
        signs, shift, exact = signs.double(), shift.double(), in_double(block)
        mixing = exact.mixing() * signs[:, None] * signs
        mixing = mixing * (1 + 1j) if self.is_real else mixing
        level = signs * exact.effective_offset().T + shift  # [T, C]
        forward, back = (matrix.to(level.device) for matrix in real_transform(block.steps))
        constants = {
            "forward_transform": forward,
            "back_transform": back,
            "straight": mixing.real.T,
            "crossed": mixing.imag.T,
            "level": (forward @ level)[:, None],
        }
        if self.aggregates or self.correlates:
            constants["weights_cor"] = block.weights_cor.detach()
        constants |= predictor_by_step(block, signs) if self.predicts else fixed_filter(block, order)
        for name, value in constants.items():
            own = value.to(block.complex_part(block.alpha1), copy=True, memory_format=torch.contiguous_format)
            self.register_buffer(name, own)
        if self.predicts:
            self.register_buffer("shares", shares(block, order)[: 1 if self.is_real else 2].to(level.device))

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, H, W, C] -> the same."""
        feature, scores = self.enhance(x)
        answers = [
            self.respond(x[clip].flatten(1, 2), feature[clip].flatten(1, 2), None if scores is None else scores[clip])
            for clip in range(len(x))
        ]
        return (answers[0][None] if len(answers) == 1 else torch.stack(answers)).view(x.shape).to(x.dtype)

    def enhance(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """What is filtered, and what the predictor sees of the frames' comparison [B, K * K * T, positions]."""
        if not (self.aggregates or self.correlates):
            return x, None
        enhanced, correlation = frame_aggregation(x.permute(0, 4, 1, 2, 3), self.weights_cor)
        feature = enhanced.permute(0, 2, 3, 4, 1) if self.aggregates else x
        return feature, correlation.flatten(3).flatten(1, 2) if self.correlates else None

    def respond(self, x: Tensor, feature: Tensor, scores: Tensor | None) -> Tensor:
        """[T, positions, C] of one clip -> the same; without a graph a few positions at a time, which stay in the
        cache.
        """
        x, feature = x.to(self.straight.dtype), feature.to(self.straight.dtype)
        filter, count = self.filter(feature, scores), max(1, AT_ONCE // feature[:, 0].numel())
        if asks_gradient(x, feature) or count >= x.shape[1]:
            return self.filtered(x, feature, filter)
        out = torch.empty_like(x)
        for begin in range(0, x.shape[1], count):
            own = slice(begin, begin + count)
            held = filter[:, :, own] if self.predicts else filter
            out[:, own] = self.filtered(x[:, own], feature[:, own], held)
        return out

    def filter(self, feature: Tensor, scores: Tensor | None) -> Tensor:
        """[1 or 2, F, positions, C]: real and, where it differs, imaginary part; one position where it is fixed."""
        if not self.predicts:
            return self.fixed
        predicted = feature.new_zeros(1) if scores is None else torch.mm(scores.T.to(feature.dtype), self.by_score)
        for step, weight in zip(feature, self.by_step, strict=True):
            predicted = torch.addmm(predicted, step, weight)
        shared = torch.stack([predicted.index_select(1, share) for share in self.shares])
        by_bin: Tensor = shared.unflatten(2, (-1, feature.shape[-1])).transpose(1, 2)
        return by_bin

    def filtered(self, x: Tensor, feature: Tensor, filter: Tensor) -> Tensor:
        """[T, positions, C] -> the same, with this filter."""
        steps = len(x)
        spectrum = torch.mm(self.forward_transform, feature.flatten(1)).view(x.shape)
        mixed = self.mix(*self.multiply(spectrum, filter)).view(steps, -1)
        out = torch.addmm(x.flatten(1), self.back_transform, mixed).view(x.shape)
        rectified: Tensor = out.relu_() if self.has_relu else out
        return rectified

    def multiply(self, spectrum: Tensor, filter: Tensor) -> tuple[Tensor, Tensor]:
        """The coordinates of the filtered spectrum, and its imaginary parts: of the inner bins, or of all where the
        filter is complex.
        """
        edges, bins = self.edges, filter.shape[1]
        if self.is_real:
            twice = torch.cat([filter[0], filter[0, edges:]])
            coordinates = spectrum * twice if asks_gradient(spectrum, filter) else spectrum.mul_(twice)
            return coordinates, coordinates[bins:]
        real, imag = spectrum[:bins], torch.cat([torch.zeros_like(spectrum[:edges]), spectrum[bins:]])
        turned = real * filter[1] + imag * filter[0]
        return torch.cat([real * filter[0] - imag * filter[1], turned[edges:]]), turned

    def mix(self, coordinates: Tensor, imag: Tensor) -> Tensor:
        """Coordinates of what is added, with the level."""
        bins = len(coordinates) - (len(coordinates) - self.edges) // 2
        inner, crossed = slice(self.edges, bins), self.crossed
        mixed = torch.matmul(coordinates, self.straight).add_(self.level)
        mixed[bins - len(imag) : bins].flatten(0, 1).addmm_(imag.flatten(0, 1), crossed, alpha=-1)
        mixed[bins:].flatten(0, 1).addmm_(coordinates[inner].flatten(0, 1), crossed)
        return mixed


AT_ONCE = 1 << 17  # values of a part of a clip: with what becomes of them on the way they stay in a core's cache


def in_double(block: DTFBlock) -> DTFBlock:
    """All but the predictor, which is large, in double precision and without a graph."""
    twin = copy.copy(block)
    twin._modules = {name: copy.deepcopy(part) for name, part in block._modules.items() if name != "filter_g"}
    twin._parameters = {name: copy.deepcopy(own) for name, own in block._parameters.items()}
    return twin.double().requires_grad_(False)


def predictor_by_step(block: DTFBlock, signs: Tensor) -> dict[str, Tensor]:
    """The predictor's matrix, cut by step: the steps of a position lie apart in memory."""
    weight = block.filter_g.weight.detach().flatten(1).unflatten(1, (-1, block.steps))  # [N, seen, T]
    parts = {"by_step": (weight[:, : block.dim] * signs.to(weight)[:, None]).permute(2, 1, 0)}
    if block.correlates:
        parts["by_score"] = weight[:, block.dim :].permute(1, 2, 0).flatten(0, 1)
    return parts


def fixed_filter(block: DTFBlock, order: list[int]) -> dict[str, Tensor]:
    """Bins as they are ordered here."""
    return {"fixed": block.fixed_filter.detach().permute(2, 1, 0)[:, order, None]}


def shares(block: DTFBlock, order: list[int]) -> Tensor:
    """[2, F * C]: which predicted value each (part, bin, channel) is, by the very function that shares them out."""
    count = block.dim * block.bins * 2 // block.factor_g
    numbers = torch.arange(count, dtype=torch.float64)[None, :, None, None]
    filter = expand_filter(numbers, block.dim, block.steps, block.filter_layout, block.factor_g)[0, :, order, 0, 0]
    return torch.view_as_real(filter).permute(2, 1, 0).flatten(1).round().long()
