"""(model, clips) -> the effective receptive field: how much every frame and pixel changes one position of a layer."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dtfviz.core.analysis.cam.gradcam import find_layer
from dtfviz.core.analysis.clips import Stored, clips_of
from dtfviz.core.analysis.reach.theory import theory
from dtfviz.core.errors import ModelError, OptionError, Use
from dtfviz.core.media.clip import Clip
from dtfviz.core.models.borrow.calibrate import calibrating
from dtfviz.core.models.borrow.cut import evaluating
from dtfviz.core.models.card import Layer, card_of
from dtfviz.core.models.fold import check_exact
from dtfviz.core.models.inputs import as_input, device_of
from dtfviz.core.models.layouts import as_clip
from dtfviz.core.ops import implementation_for
from dtfviz.core.results.reach import Reach, Theory

Unit = tuple[int, int, int]  # step, row, column
CALIBRATED = "random weights: batch norms calibrated on each clip"


@torch.inference_mode(False)
def receptive_field(
    model: nn.Module,
    clips: Clip | Stored | Tensor | Iterable[Clip] | None = None,
    *,
    layer: str | None = None,
    step: int | None = None,
    cell: tuple[int, int] | None = None,
    samples: int = 8,
    seed: int = 0,
    known: Theory | None = None,
    on_clip: Callable[[int], None] | None = None,
) -> Reach:
    """Of one position of a layer: `step` and `cell` (column, row), each in the middle unless given.

    Without clips, `samples` clips of Gaussian noise are fed, of mean 0 and variance 1 as the model takes them. `seed`
    draws them and the signs of the features. `known` is what `theory` found of this model before. Batch norms of random
    weights take mean and variance from each clip.
    """
    card = card_of(model)
    if card.is_random:
        check_exact(model, "the receptive field of random weights")
    where, generator = find_layer(card, layer), torch.Generator().manual_seed(seed)
    inputs = inputs_of(model, clips, samples, generator)
    with calibrating(model) if card.is_random else nullcontext(()) as norms:
        found = gather(model, where, inputs, (step, cell), generator, on_clip)
    return Reach(
        model=card.name,
        trust=card.trust,
        layer=where.name,
        position=found.position,
        grid=found.grid,
        clips=" and ".join(dict.fromkeys(found.names)) or "noise",
        count=len(found.profiles),
        seed=seed,
        spacing=found.spacing,
        energy=found.mean.astype(np.float32),
        error=found.error.astype(np.float32),
        profiles=np.stack(found.profiles),
        theory=known or theory(model),
        implementation=implementation_for(device_of(model)),
        remarks=(*found.remarks, *([CALIBRATED] if norms else [])),
    )


def gather(
    model: nn.Module,
    layer: Layer,
    inputs: Iterable[tuple[Tensor, Clip | None]],
    at: tuple[int | None, tuple[int, int] | None],  # step and cell
    generator: torch.Generator,
    on_clip: Callable[[int], None] | None,
) -> "Gathered":
    """What all inputs have in common; an error where no gradient reaches any."""
    found, device = Gathered(), device_of(model)
    for done, (pixels, clip) in enumerate(inputs, start=1):
        found.position, found.grid, energy = energy_of(model, layer, pixels.to(device), *at, generator)
        found.add(energy.cpu().numpy())
        if clip is not None:
            found.names.append(clip.video.path.name)
            found.spacing = clip.spacing
        if on_clip is not None:
            on_clip(done)
    if not found.profiles:
        raise ModelError(
            f"no gradient of {layer.name} reaches the clip", fact=f"it is zero for all of {found.blank} clips"
        )
    return found


def inputs_of(
    model: nn.Module, clips: Clip | Stored | Tensor | Iterable[Clip] | None, samples: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, Clip | None]]:
    """What the model is fed, one clip at a time, and the clip that it is of."""
    card = card_of(model)
    if clips is None:
        for _ in range(samples):
            yield torch.randn(1, 3, card.frames, card.size, card.size, generator=generator), None
        return
    for clip in clips_of(model, clips):
        yield as_input(clip, card), clip


# --- one clip ---------------------------------------------------------------------------------------------------------
class LayerReached(Exception):  # noqa: N818  # no error
    """The layer has run: what comes after it is not needed."""


@contextmanager
def frozen(model: nn.Module) -> Iterator[None]:
    """Parameters ask for no gradient inside, so that the graph holds nothing for them."""
    asked = {parameter: parameter.requires_grad for parameter in model.parameters()}
    try:
        model.requires_grad_(False)
        yield
    finally:
        for parameter, was_asked in asked.items():
            parameter.requires_grad_(was_asked)


def energy_of(
    model: nn.Module,
    layer: Layer,
    pixels: Tensor,
    step: int | None,
    cell: tuple[int, int] | None,
    generator: torch.Generator,
) -> tuple[Unit, tuple[int, int, int], Tensor]:
    """The position, the layer's grid, and [T, H, W]: squared gradients of the position's features, summed over colours.

    The graph reaches from the clip to the layer and no deeper. The features are summed with a random sign each: the
    expectation of the square is then the sum of their squared gradients.
    """
    pixels = pixels.requires_grad_()
    feature = run_to(model, layer, pixels)
    position = choose_unit(layer, feature, step, cell)
    values = feature[(0, slice(None), *position)]
    signs = torch.randint(0, 2, values.shape, generator=generator).to(values) * 2 - 1
    score = (signs * values).sum()
    if not score.requires_grad:
        raise ModelError(f"no gradient of {layer.name} reaches the clip", fact="its output does not depend on it")
    (gradient,) = torch.autograd.grad(score, pixels)
    if not bool(torch.isfinite(gradient).all()):
        raise ModelError(
            f"the gradient of {layer.name} is not finite", fact="the weights or the clip hold extreme values"
        )
    steps, rows, cols = feature.shape[2:]
    return position, (steps, rows, cols), gradient[0].double().square().sum(dim=0)


def run_to(model: nn.Module, layer: Layer, pixels: Tensor) -> Tensor:
    """A layer's output (1, C, T, H, W), with its graph."""
    seen: list[Tensor] = []

    def stop(module: nn.Module, inputs: object, output: Any) -> None:
        seen.append(as_clip(output, layer))
        raise LayerReached

    hook = model.get_submodule(layer.name).register_forward_hook(stop)
    try:
        with evaluating(model), frozen(model), torch.enable_grad():
            model(pixels)
    except LayerReached:
        pass
    finally:
        hook.remove()
    if not seen:
        raise ModelError(f"{layer.name} does not run in a forward pass of this model")
    return seen[0]


def choose_unit(layer: Layer, feature: Tensor, step: int | None, cell: tuple[int, int] | None) -> Unit:
    """The middle, unless something else was asked for."""
    steps, rows, cols = feature.shape[2:]
    col, row = cell or (cols // 2, rows // 2)
    chosen = steps // 2 if step is None else step
    if not 0 <= chosen < steps:
        raise OptionError(
            f"{layer.name} has no step {chosen}",
            fact=f"its {steps} steps are 0 to {steps - 1}",
            hint=Use("step", steps // 2),
        )
    if not (0 <= row < rows and 0 <= col < cols):
        raise OptionError(
            f"{layer.name} has no cell in column {col}, row {row}",
            fact=f"columns are 0 to {cols - 1} and rows 0 to {rows - 1}",
            hint=Use("cell", (cols // 2, rows // 2)),
        )
    return chosen, row, col


# --- several ----------------------------------------------------------------------------------------------------------
class Gathered:
    """Mean and standard error of the clips' shares, without keeping every volume."""

    def __init__(self) -> None:
        self.position, self.grid = (0, 0, 0), (0, 0, 0)  # the same for every clip
        self.names: list[str] = []  # of the videos
        self.spacing = np.nan  # of the last clip's frames
        self.profiles: list[NDArray[np.float64]] = []
        self.blank = 0
        self.mean: NDArray[np.float64] = np.zeros(())
        self.spread: NDArray[np.float64] = np.zeros(())  # sum of squared differences from the mean

    def add(self, energy: NDArray[np.float64]) -> None:
        total = energy.sum()
        if total == 0:
            self.blank += 1
            return
        share = energy / total
        self.profiles.append(share.sum(axis=(1, 2)))
        before = share - self.mean
        self.mean = self.mean + before / len(self.profiles)
        self.spread = self.spread + before * (share - self.mean)

    @property
    def error(self) -> NDArray[np.float64]:
        count = len(self.profiles)
        return np.sqrt(self.spread / (count - 1) / count) if count > 1 else np.full(self.mean.shape, np.nan)

    @property
    def remarks(self) -> tuple[str, ...]:
        return (f"{self.blank} clips were left out: no gradient came from them",) if self.blank else ()
