"""Frame-wise aggregation: every step is enhanced with what the next step holds around the same position.

    correlation[s, k] = sum_c weight[c, s, k] * x[c, s - 1] * x[c, s, shifted by tap k]     (step 0 is its own query)
    attention[s]      = softmax over the K x K taps of correlation[s]
    aggregated[s]     = sum_k attention[s, k] * x[s, shifted by tap k]
    enhanced[s]       = x[s] + aggregated[s + 1]                                     (the last step stays as it is)

Outside the frame x is zero: such a tap scores 0 and still takes its share of the softmax.

The first half of this file is that definition, in plain PyTorch; it is the documentation, the oracle of the tests and
the fallback on devices without a kernel of their own. The second half computes the same a few frames at a time,
channels last, so that nothing K x K times as large as the clip is ever held. `frame_aggregation.cu` is the CUDA kernel.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, unflatten
from torch.nn.functional import pad, softmax

from dtfviz.core.errors import ModelError


# --- the definition ---------------------------------------------------------------------------------------------------
def taps(kernel_size: int, dilation: int = 1) -> list[tuple[int, int]]:
    """Row and column of every tap inside the padded frame, row by row."""
    return [(row * dilation, col * dilation) for row in range(kernel_size) for col in range(kernel_size)]


def neighbours(x: Tensor, kernel_size: int, dilation: int = 1) -> Tensor:
    """[..., H, W] -> [..., K*K, H, W]: what stands under every tap of the window, zero outside the frame."""
    height, width = x.shape[-2:]
    padded = pad(x, (dilation * (kernel_size // 2),) * 4)
    windows = [padded[..., row : row + height, col : col + width] for row, col in taps(kernel_size, dilation)]
    return torch.stack(windows, dim=-3)


def correlate(x: Tensor, weight: Tensor, dilation: int = 1, group_size: int | None = None) -> Tensor:
    """[B, C, T, H, W], [C, T, K, K] -> [B, groups*K*K, T, H, W]; all channels are one group unless told otherwise."""
    query = torch.cat([x[:, :, :1], x[:, :, :-1]], dim=2)
    products = weight.flatten(2)[..., None, None] * query.unsqueeze(3) * neighbours(x, weight.shape[-1], dilation)
    grouped = unflatten(products, 1, (-1, group_size or x.shape[1])).sum(dim=2)  # [B, groups, T, K*K, H, W]
    return grouped.transpose(2, 3).flatten(1, 2)


def aggregate(x: Tensor, attention: Tensor, kernel_size: int = 3, dilation: int = 1) -> Tensor:
    """[N, C, H, W], [N, heads, shares, K*K, H, W] -> [N, heads*C, H, W]; channel c uses share c mod shares."""
    windows = unflatten(neighbours(x, kernel_size, dilation), 1, (-1, attention.shape[2]))
    return (attention.unsqueeze(2) * windows.unsqueeze(1)).sum(dim=-3).flatten(1, 3)


def aggregate_steps(x: Tensor, correlation: Tensor, dilation: int = 1) -> Tensor:
    """[B, C, T, H, W], [B, K*K, T, H, W] -> aggregated [B, C, T, H, W]."""
    attention = softmax(correlation, dim=1).transpose(1, 2).flatten(0, 1)[:, None, None]
    kernel_size = round(correlation.shape[1] ** 0.5)
    frames = aggregate(x.transpose(1, 2).flatten(0, 1), attention, kernel_size, dilation)
    return unflatten(frames, 0, (x.shape[0], -1)).transpose(1, 2)


def definition(x: Tensor, weight: Tensor, dilation: int = 1) -> tuple[Tensor, Tensor]:
    """Enhanced [B, C, T, H, W] and correlation [B, K*K, T, H, W] (before the softmax)."""
    wide = x.to(accumulator(x))
    correlation = correlate(wide, weight.to(wide.dtype), dilation)
    aggregated = aggregate_steps(wide, correlation, dilation)
    following = torch.cat([aggregated[:, :, 1:], torch.zeros_like(aggregated[:, :, :1])], dim=2)
    return torch.empty_like(x).copy_(wide + following), correlation.contiguous()


def accumulator(x: Tensor) -> torch.dtype:
    """16-bit clips are correlated in float32: their own 8 or 11 bits would blur the softmax."""
    return torch.float32 if x.dtype in (torch.float16, torch.bfloat16) else x.dtype


def macs(clip: tuple[int, ...], kernel_size: int = 3) -> int:
    """Multiply-adds of one call: K*K products a value for the correlation and as many for the aggregation."""
    batch, channels, steps, height, width = clip
    return 2 * kernel_size**2 * batch * channels * steps * height * width


# --- the same, a few frames at a time ---------------------------------------------------------------------------------
AT_ONCE = 1 << 18  # values: as many frames as stay in a core's cache while all taps pass over them


class Windows:
    """Zero-bordered frames [N, H, W, C] that lend a view of themselves for every tap."""

    def __init__(self, shape: torch.Size, like: Tensor, kernel_size: int, dilation: int) -> None:
        count, self.height, self.width, channels = shape
        self.reach = dilation * (kernel_size // 2)
        self.taps = taps(kernel_size, dilation)
        self.padded = like.new_zeros(count, self.height + 2 * self.reach, self.width + 2 * self.reach, channels)

    def interior(self) -> Tensor:
        return self.padded[:, self.reach : self.reach + self.height, self.reach : self.reach + self.width]

    def __iter__(self) -> Iterator[Tensor]:
        for row, col in self.taps:
            yield self.padded[:, row : row + self.height, col : col + self.width]


class Part(NamedTuple):
    """Some steps of one clip, from `begin` to `end`, and what the correlation asks of them."""

    clip: int
    begin: int
    end: int
    windows: Windows  # around the steps' own frames
    query: Tensor  # [N, H, W, C] the frames before them; the first is its own


def channels_last(x: Tensor) -> Tensor:
    """[B, C, T, H, W] -> [B, T, H, W, C] in the accumulating type: free for float clips that are laid out so
    already.
    """
    return x.permute(0, 2, 3, 4, 1).to(accumulator(x)).contiguous()


def parts(frames: Tensor, kernel_size: int, dilation: int) -> Iterator[Part]:
    """Frames that are worked on together."""
    batch, steps = frames.shape[:2]
    count = max(1, AT_ONCE // frames[0, 0].numel())
    for clip in range(batch):
        for begin in range(0, steps, count):
            own = frames[clip, begin : begin + count]
            windows = Windows(own.shape, frames, kernel_size, dilation)
            windows.interior().copy_(own)
            end = begin + len(own)
            query = (
                frames[clip, begin - 1 : end - 1] if begin else torch.cat([frames[clip, :1], frames[clip, : end - 1]])
            )
            yield Part(clip, begin, end, windows, query)


def tap_weights(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """[T, K*K, 1, 1, 1] where all channels weigh the same (as released), else [T, K*K, 1, 1, C]."""
    by_tap = weight.to(dtype).flatten(2).permute(1, 2, 0).contiguous()
    if bool((by_tap == by_tap[..., :1]).all()):
        by_tap = by_tap[..., :1]
    return by_tap[:, :, None, None]


def stream_forward(x: Tensor, weight: Tensor, dilation: int) -> tuple[Tensor, Tensor]:
    """A few frames at a time, so that they stay in the cache."""
    frames = channels_last(x)
    batch, steps, height, width, _ = frames.shape
    kernel_size = weight.shape[-1]
    weights = tap_weights(weight, frames.dtype)
    correlation = frames.new_empty(batch, kernel_size**2, steps, height, width)
    enhanced = torch.empty_like(x)
    enhanced[:, :, -1] = x[:, :, -1]
    for b, begin, end, windows, query in parts(frames, kernel_size, dilation):
        product = torch.empty_like(query)
        for k, window in enumerate(windows):
            torch.mul(query, window, out=product)
            score = correlation[b, k, begin:end]
            if weights.shape[-1] == 1:
                torch.sum(product, dim=-1, out=score)
                score *= weights[begin:end, k, ..., 0]
            else:
                torch.sum(product.mul_(weights[begin:end, k]), dim=-1, out=score)
        first = max(begin, 1)  # the clip's first step enhances nothing
        if first == end:
            continue
        attention = softmax(correlation[b, :, begin:end], dim=0).unsqueeze(-1)
        torch.mul(attention[0], next(iter(windows)), out=product)
        for k, window in enumerate(windows):
            if k:
                product.addcmul_(attention[k], window)
        product = product[first - begin :].add_(frames[b, first - 1 : end - 1])
        enhanced[b, :, first - 1 : end - 1].permute(1, 2, 3, 0).copy_(product)
    return enhanced, correlation


def stream_backward(
    grad_enhanced: Tensor,
    grad_correlation: Tensor,
    x: Tensor,
    weight: Tensor,
    correlation: Tensor,
    dilation: int,
    with_weight: bool,
) -> tuple[Tensor, Tensor]:
    """Gradients of x and, where asked for, of weight (else an empty tensor); the softmax is recomputed."""
    frames, grad_next = channels_last(x), channels_last(grad_enhanced)
    steps, channels, kernel_size = frames.shape[1], frames.shape[-1], weight.shape[-1]
    weights = tap_weights(weight, frames.dtype)
    grad_frames = grad_next.clone()
    grad_weight = frames.new_zeros(steps, kernel_size**2, channels) if with_weight else frames.new_empty(0)
    for b, begin, end, windows, query in parts(frames, kernel_size, dilation):
        grad_windows = Windows(query.shape, frames, kernel_size, dilation)
        product, grad_query = torch.empty_like(query), torch.zeros_like(query)
        grad_scores = grad_correlation[b, :, begin:end].to(frames.dtype)
        if end > 1:  # the clip's first step enhances nothing
            before = (
                grad_next[b, begin - 1 : end - 1] if begin else pad(grad_next[b, : end - 1], (0, 0, 0, 0, 0, 0, 1, 0))
            )
            attention = softmax(correlation[b, :, begin:end], dim=0)
            grad_attention = torch.empty_like(attention)
            for k, (window, grad_window) in enumerate(zip(windows, grad_windows, strict=True)):
                torch.mul(before, window, out=product)
                torch.sum(product, dim=-1, out=grad_attention[k])
                grad_window.addcmul_(attention[k].unsqueeze(-1), before)
            grad_scores = grad_scores + attention * (grad_attention - (attention * grad_attention).sum(dim=0))
        for k, (window, grad_window) in enumerate(zip(windows, grad_windows, strict=True)):
            score = grad_scores[k].unsqueeze(-1)
            factor = score * weights[begin:end, k]
            grad_query.addcmul_(factor, window)
            grad_window.addcmul_(factor, query)
            if with_weight:
                grad_weight[begin:end, k] += (score * query * window).sum(dim=(1, 2))
        grad_frames[b, begin:end] += grad_windows.interior()
        own = 1 if begin == 0 else 0  # the clip's first step is its own query
        grad_frames[b, :1] += grad_query[:own].sum(dim=0)
        grad_frames[b, begin + own - 1 : end - 1] += grad_query[own:]
    grad_x = torch.empty_like(x).copy_(grad_frames.permute(0, 4, 1, 2, 3))
    if with_weight:
        grad_weight = torch.empty_like(weight).copy_(grad_weight.permute(2, 0, 1).reshape(weight.shape))
    return grad_x, grad_weight


# --- the operator -----------------------------------------------------------------------------------------------------
library = torch.library.Library("dtfviz", "DEF")
library.define("frame_aggregation(Tensor x, Tensor weight, int dilation) -> (Tensor, Tensor)")
library.define(
    "frame_aggregation_backward(Tensor grad_enhanced, Tensor grad_correlation, Tensor x, Tensor weight, Tensor "
    "correlation, "
    "int dilation, bool with_weight) -> (Tensor, Tensor)"
)
library.impl("frame_aggregation", definition, "CompositeExplicitAutograd")
library.impl("frame_aggregation", stream_forward, "CPU")
library.impl("frame_aggregation_backward", stream_backward, "CompositeExplicitAutograd")


def fake_forward(x: Tensor, weight: Tensor, dilation: int) -> tuple[Tensor, Tensor]:
    """Shapes alone."""
    batch, _, steps, height, width = x.shape
    correlation = x.new_empty((batch, weight.shape[-1] ** 2, steps, height, width), dtype=accumulator(x))
    return torch.empty_like(x), correlation


def fake_backward(
    grad_enhanced: Tensor,
    grad_correlation: Tensor,
    x: Tensor,
    weight: Tensor,
    correlation: Tensor,
    dilation: int,
    with_weight: bool,
) -> tuple[Tensor, Tensor]:
    """Shapes alone."""
    return torch.empty_like(x), torch.empty_like(weight) if with_weight else correlation.new_empty(0)


def remember(ctx: Any, inputs: tuple[Tensor, Tensor, int], output: tuple[Tensor, Tensor]) -> None:
    """What the gradient needs."""
    x, weight, dilation = inputs
    ctx.dilation = dilation
    ctx.save_for_backward(x, weight, output[1])


def differentiate(ctx: Any, grad_enhanced: Tensor, grad_correlation: Tensor) -> tuple[Tensor, Tensor | None, None]:
    """For autograd."""
    x, weight, correlation = ctx.saved_tensors
    with_weight: bool = ctx.needs_input_grad[1]
    grad_x, grad_weight = torch.ops.dtfviz.frame_aggregation_backward(
        grad_enhanced,
        grad_correlation,
        x,
        weight,
        correlation,
        ctx.dilation,
        with_weight,
    )
    return grad_x, grad_weight if with_weight else None, None


torch.library.register_fake("dtfviz::frame_aggregation", fake_forward, lib=library)
torch.library.register_fake("dtfviz::frame_aggregation_backward", fake_backward, lib=library)
torch.library.register_autograd("dtfviz::frame_aggregation", differentiate, setup_context=remember, lib=library)


def frame_aggregation(x: Tensor, weight: Tensor, dilation: int = 1) -> tuple[Tensor, Tensor]:
    """[B, C, T, H, W], [C, T, K, K] -> enhanced [B, C, T, H, W], correlation [B, K*K, T, H, W]."""
    channels, steps, rows, cols = weight.shape
    if x.dim() != 5 or x.shape[1:3] != (channels, steps):
        raise ModelError(
            f"a clip of shape {tuple(x.shape)} does not fit a correlation weight of shape {tuple(weight.shape)}",
            fact=f"the weight was made for {channels} channels and {steps} steps",
        )
    if rows != cols or rows % 2 == 0:
        raise ModelError(
            f"a window of {rows} x {cols} taps has no centre", fact="the window must be square with an odd side"
        )
    enhanced, correlation = torch.ops.dtfviz.frame_aggregation(x, weight, dilation)
    return enhanced, correlation
