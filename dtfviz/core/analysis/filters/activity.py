"""How active a DTF block is at every position of a clip, by several measures, and where it says that content moves.

MEASURES is a plain table: a name and a function from what was seen at a block to a map (H, W). Filters are measured by
energy; bin 0 is DC, what is constant in time, and the other bins are AC. `raw` is all that the predictor says, `kernel`
what of it is in the temporal kernel. Two baselines know nothing of the filter.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from dtfviz.core.errors import ModelError
from dtfviz.core.models.borrow.capture import feed
from dtfviz.core.models.seams import ComparesFrames, Enhanced, SpectralFilters
from dtfviz.core.ops import frame_aggregation
from dtfviz.core.ops.frame_aggregation import taps
from dtfviz.core.results.places import Axis, Cells, even_cells


@dataclass(frozen=True)
class Seen:
    """One clip at one block."""

    block: SpectralFilters
    pixels: Tensor  # [3, frames, height, width] what the model was fed
    x: Tensor  # [1, C, T, H, W] what the block was fed
    enhanced: Enhanced
    filter: Tensor  # [C, F, H, W], complex
    cells: Cells | None = None  # where they are; even shares of what the model was fed, unless it is known


@torch.no_grad()
def observe(model: nn.Module, pixels: Tensor, paths: Iterable[str]) -> dict[str, Seen]:
    """Run the model once on [1, 3, frames, height, width]; predict the filters of its blocks at these paths for all
    positions.
    """
    inputs = feed(model, pixels, paths)
    return {path: look_at(model.get_submodule(path), pixels[0], x) for path, x in inputs.items()}


@torch.no_grad()
def look_at(block: object, pixels: Tensor, x: Tensor) -> Seen:
    """What a block makes of the feature that it is fed."""
    if not isinstance(block, SpectralFilters):
        raise ModelError(f"a {type(block).__name__} predicts no frequency filter")
    enhanced = block.enhance(x)
    filter = block.filter(enhanced)[0].expand(-1, -1, *x.shape[-2:])  # a filter that is not predicted has one position
    return Seen(block, pixels, x, enhanced, filter)


# --- the measures -----------------------------------------------------------------------------------------------------
def raw_bins(seen: Seen) -> Tensor:
    """[F, H, W]: energy of the predicted filter, summed over channels; every bin counts once."""
    return seen.filter.abs().square().sum(dim=0)


def kernel_bins(seen: Seen) -> Tensor:
    """[F, H, W]: energy of the temporal kernel by bin, so that the sum over bins is T times that of k^2 over lags.

    The inverse FFT drops the imaginary part of bins without a phase; the others stand for f and -f and count twice.
    """
    has_phase = seen.block.has_phase()[None, :, None, None].to(seen.filter.device)
    whole, real = seen.filter.abs().square(), seen.filter.real.square()
    return torch.where(has_phase, 2 * whole, real).sum(dim=0)


@torch.no_grad()
def effective_bins(seen: Seen) -> Tensor:
    """[F, H, W]: energy of all effective kernels, by bin, so that the sum over bins is the sum over channels and lags.

    |z|^2 summed over output channels needs only the energy of the columns of the mixing matrix. Bins without a phase
    give their real part alone, whose square is (|z|^2 + Re z^2) / 2. Bins that stand for two, f and -f, count twice.
    """
    block, filter = seen.block, seen.filter
    mixing = block.mixing()
    whole = torch.einsum("c,cfhw->fhw", mixing.abs().square().sum(dim=0), filter.abs().square())
    turned = torch.einsum("c,cfhw->fhw", mixing.square().sum(dim=0), filter.square()).real
    has_phase = block.has_phase()[:, None, None].to(whole.device)
    return torch.where(has_phase, 2 * whole, (whole + turned) / 2) / block.steps


def changed(seen: Seen) -> Seen:
    """With the part of the filter that is there because something changes.

    That is the filter less the one which the same feature would make, held still at its mean over steps: a still
    feature, however bright, has none.
    """
    still = seen.x.mean(dim=2, keepdim=True).expand_as(seen.x).contiguous()
    return replace(seen, filter=seen.filter - look_at(seen.block, seen.pixels, still).filter)


def ac_fraction(bins: Tensor) -> Tensor:
    """[H, W]: AC energy over all of it; 0 where there is none."""
    return bins[1:].sum(dim=0) / bins.sum(dim=0).clamp_min(torch.finfo(bins.dtype).tiny)


def feature_variance(seen: Seen) -> Tensor:
    """Baseline: variance over steps of what the block is fed, mean over channels."""
    return seen.x[0].var(dim=1, correction=0).mean(dim=0)


def pixel_variance(seen: Seen) -> Tensor:
    """Baseline: variance over frames of what the model is fed, mean over colours and over the pixels nearest a cell."""
    variance = seen.pixels.var(dim=1, correction=0).mean(dim=0)
    cells = seen.cells or even_cells(tuple(seen.pixels.shape[1:]), tuple(seen.x.shape[2:]))
    down, across = (mean_over(axis).to(variance) for axis in cells.axes[1:])
    return down @ variance @ across.T


def mean_over(axis: Axis) -> Tensor:
    """[cells, pixels]: each pixel counts for the cell whose centre is nearest."""
    nearest = torch.from_numpy(axis.cell_at(range(axis.length)))
    shares = nn.functional.one_hot(nearest, axis.count).double()
    return (shares / shares.sum(dim=0).clamp(min=1)).T


Measure = Callable[[Seen], Tensor]
MEASURES: Mapping[str, Measure] = {
    "kernel": lambda seen: kernel_bins(seen).sum(dim=0),
    "kernel_dc": lambda seen: kernel_bins(seen)[0],
    "kernel_ac": lambda seen: kernel_bins(seen)[1:].sum(dim=0),
    "raw": lambda seen: raw_bins(seen).sum(dim=0),
    "raw_dc": lambda seen: raw_bins(seen)[0],
    "raw_ac": lambda seen: raw_bins(seen)[1:].sum(dim=0),
    "effective": lambda seen: effective_bins(seen).sum(dim=0),
    "effective_dc": lambda seen: effective_bins(seen)[0],
    "effective_ac": lambda seen: effective_bins(seen)[1:].sum(dim=0),
    "kernel_change": lambda seen: kernel_bins(changed(seen)).sum(dim=0),
    "raw_change": lambda seen: raw_bins(changed(seen)).sum(dim=0),
    "effective_change": lambda seen: effective_bins(changed(seen)).sum(dim=0),
    "kernel_ac_fraction": lambda seen: ac_fraction(kernel_bins(seen)),
    "ac_fraction": lambda seen: ac_fraction(raw_bins(seen)),
    "feature_variance": feature_variance,
    "pixel_variance": pixel_variance,
}


# --- motion -----------------------------------------------------------------------------------------------------------
def displacement(seen: Seen) -> Tensor | None:
    """[T - 1, H, W, (x, y)] in cells: where the content of a cell at one step stands at the next, right and down
    positive.

    The mean place under the softmax over the window of the frame aggregation, so at most the window's reach; a softmax
    that prefers no place gives 0. None for a block that compares no frames.
    """
    block = seen.block
    if not isinstance(block, ComparesFrames):
        return None
    _, correlation = frame_aggregation(seen.x, block.weights_cor)  # of slot s: step s - 1 looks for itself in step s
    attention = correlation[0, :, 1:].softmax(dim=0)
    side = block.weights_cor.shape[-1]
    offsets = torch.tensor([(col - side // 2, row - side // 2) for row, col in taps(side)]).to(attention)
    return torch.einsum("kthw,kd->thwd", attention, offsets)
