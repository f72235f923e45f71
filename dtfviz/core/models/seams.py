"""What a model can be asked: small protocols, found by looking at its modules; nothing is flagged by hand.

A module that has the members of a seam offers it, whatever its class; so their names are ones that no other module has
by chance. An analysis asks a seam, never a class.
Shapes: B clips, C channels, T steps, F = T//2 + 1 bins, H x W positions.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor, nn


@runtime_checkable
class LeavesUnused(Protocol):
    """Knows what its authors' code builds and never uses."""

    def dead_parameters(self) -> Mapping[str, tuple[int, ...]]:
        """Names of such parameters and buffers, with their shapes."""
        ...


@runtime_checkable
class DrawsByClip(Protocol):
    """Draws numbers for the clips of a batch while training."""

    clip_noise: float  # how probable it is that a clip goes without


class Enhanced(NamedTuple):
    """What a filter is applied to, and what it is predicted from besides."""

    feature: Tensor  # [B, C, T, H, W]
    correlation: Tensor | None  # [B, K*K, T, H, W] what the frames said of each other, before the softmax


class Trainable(Protocol):
    """What torch's modules have: parts, and a mode for evaluation."""

    def modules(self) -> Iterator[nn.Module]:
        """Itself and its parts."""
        ...

    def eval(self) -> object:
        """Into evaluation mode."""
        ...


@runtime_checkable
class SpectralFilters(Trainable, Protocol):
    """Multiplies the spectrum of its feature by a filter, and says what that does."""

    steps: int
    predicts: bool  # whether the filter depends on the clip and the position
    filter_layout: str

    @property
    def predictor(self) -> nn.Module | None:
        """The part whose output holds the filter's values, where it is predicted."""
        ...

    def __call__(self, x: Tensor) -> Tensor:
        """[B, C, T, H, W] -> the same, with what the filter lets through added."""
        ...

    def enhance(self, x: Tensor) -> Enhanced:
        """What is filtered."""
        ...

    def filter(self, enhanced: Enhanced) -> Tensor:
        """[B, C, F, H, W], complex; one position where it is the same everywhere."""
        ...

    def respond(self, feature: Tensor, filter: Tensor) -> Tensor:
        """What is added when this filter is held."""
        ...

    def mixing(self) -> Tensor:
        """[C_out, C_in], complex: what stands between the filtered spectrum and what is added."""
        ...

    def has_phase(self) -> Tensor:
        """[F]: which bins keep their imaginary part on the way back to time."""
        ...

    def effective_response(self, filter: Tensor) -> Tensor:
        """[C, F] of one position -> [C_out, C_in, F]: what becomes of it before it is added."""
        ...

    def effective_kernel(self, filter: Tensor) -> Tensor:
        """[C, F] of one position -> [C_out, C_in, T], applied circularly."""
        ...


@runtime_checkable
class ComparesFrames(Protocol):
    """Looks for the content of a step in a window of the next."""

    weights_cor: Tensor  # [C, T, K, K]


class Kernels(NamedTuple):
    """A temporal operator that is the same everywhere, by lag: lag 1 is the step before. On the CPU in float64."""

    kind: str
    lags: Tensor  # [L]
    weights: Tensor  # [O, I, L]
    scale: Tensor  # [O] that is applied to all of them


@runtime_checkable
class FixedKernels(Protocol):
    """Combines steps by weights that depend on no clip."""

    def temporal_kernels(self, channels: int) -> Kernels:
        """Of a feature of so many channels."""
        ...


def weights_by_lag(conv: nn.Conv3d) -> tuple[Tensor, Tensor]:
    """Lags [L], ascending, and [O, I, L]: a convolution's last tap is on the latest step."""
    taps, dilation = conv.kernel_size[0], conv.dilation[0]
    before = (
        conv.padding[0] if not isinstance(conv.padding, str) else (taps - 1) * dilation // 2 * (conv.padding == "same")
    )
    lags = before - dilation * torch.arange(taps)
    weights = conv.weight.double().cpu().permute(0, 1, 3, 4, 2).flatten(1, 3)
    return lags.flip(0), weights.flip(2)


@runtime_checkable
class PredictedTaps(Protocol):
    """Combines neighbouring steps by weights that it predicts at each position."""

    def predicted_taps(self, x: Tensor) -> Tensor:
        """[B, C, T, H, W] -> [B, C, taps, H, W]."""
        ...


@runtime_checkable
class SamplesInTime(Trainable, Protocol):
    """Takes its steps at places of its own choice, which may depend on the clip."""

    def sampled_at(self, x: Tensor) -> Tensor:
        """[B, C, T_in, H, W] -> [B, T]: where each of its steps lies among those of its input."""
        ...


@runtime_checkable
class AlignsStreams(Protocol):
    """Brings two streams of different rates together."""

    def stream_alignment(self, fine: Tensor, coarse: Tensor) -> Tensor:
        """[B, C, T, H, W] of each -> [B, T_coarse, T_fine]: how much each step of one takes of the other."""
        ...


@runtime_checkable
class Attends(Protocol):
    """Weighs tokens by each other."""

    def attention_weights(self, x: Tensor) -> Tensor:
        """Its input -> [B, heads, queries, keys]; each row sums to 1."""
        ...


@runtime_checkable
class GroupsTokens(Protocol):
    """Puts tokens of several frames together."""

    def token_groups(self, x: Tensor) -> Tensor:
        """[B, tokens, C] -> [B, tokens]: the number of the group that each goes to."""
        ...


@runtime_checkable
class AnswersOverTime(Protocol):
    """Answers for every step of its own rather than once for the clip."""

    def answered_at(self, times: Sequence[float]) -> Sequence[float]:
        """Seconds of a clip's frames -> those of its answers."""
        ...


@runtime_checkable
class TakesClassNames(Protocol):
    """Knows its classes by words that are an input."""

    def name_classes(self, names: Sequence[str]) -> None:
        """From now on the answers are about these."""
        ...


SEAMS: Mapping[str, type] = {  # what a person calls it -> the protocol
    "spectral filters": SpectralFilters,
    "fixed temporal kernels": FixedKernels,
    "predicted temporal taps": PredictedTaps,
    "comparison of frames": ComparesFrames,
    "uneven sampling in time": SamplesInTime,
    "aligned streams": AlignsStreams,
    "attention": Attends,
    "token groups": GroupsTokens,
    "answers over time": AnswersOverTime,
    "class names as input": TakesClassNames,
}


def offers(model: nn.Module) -> dict[str, tuple[str, ...]]:
    """What the modules of a model can be asked: by capability the paths of those that can; the model itself is ""."""
    modules = list(model.named_modules())
    found = {name: tuple(path for path, module in modules if isinstance(module, seam)) for name, seam in SEAMS.items()}
    return {name: paths for name, paths in found.items() if paths}
