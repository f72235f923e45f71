"""The training loop: batches in, weights out, and at any step a state from which it goes on bit for bit (on the
CPU).
"""

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import cos, inf, isfinite, pi
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from dtfviz.core.errors import CheckpointError, InputError, ModelError, Try, Use
from dtfviz.core.learning.feed import Batch, Share
from dtfviz.core.learning.objective import Losses, Objective
from dtfviz.core.learning.recipes import Recipe, highest_rate
from dtfviz.core.learning.together import average_gradients, gather, mean_of, mean_over, see_whole_batch
from dtfviz.core.results.training import Logged
from dtfviz.core.store.checkpoint import read_held
from dtfviz.core.store.scratch import replacing

FIRST_RATE = 0.01  # of the highest: where a warm-up before the cosine begins


@dataclass
class Training:
    """All that changes from step to step."""

    model: nn.Module
    optimizer: Optimizer
    schedule: LRScheduler
    step: int = 0  # how many are done
    broken: dict[str, str] = field(default_factory=dict)  # videos that cannot be read, and why


@dataclass(frozen=True)
class Listener:
    """Who is told what; every process calls them at the same steps."""

    on_step: Callable[[Logged], None]
    on_broken: Callable[[int, str, str], None]  # step, video, reason
    save: Callable[[Training], None]
    should_stop: Callable[[], bool] = lambda: False


def begin(model: nn.Module, recipe: Recipe, steps: int, warm_up: int = 0) -> Training:
    """`warm_up`: steps before the cosine."""
    parameters = decaying(model, recipe)
    rate = highest_rate(recipe)
    optimizer: Optimizer
    if recipe.optimizer == "sgd":
        optimizer = SGD(parameters, rate, momentum=recipe.momentum, weight_decay=recipe.weight_decay)
    else:
        optimizer = AdamW(parameters, rate, weight_decay=recipe.weight_decay)
    if recipe.schedule == "cosine":
        return Training(model, optimizer, LambdaLR(optimizer, lambda step: cosine(step, steps, warm_up)))
    return Training(model, optimizer, OneCycleLR(optimizer, rate, total_steps=steps, pct_start=recipe.warm_up))


def decaying(model: nn.Module, recipe: Recipe) -> list[dict[str, Any]]:
    """The parameters to train, in groups of one weight decay."""
    spared: list[nn.Parameter] = []
    decayed: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            is_matrix = name.endswith("weight") and parameter.ndim > 1
            (decayed if is_matrix or recipe.decayed == "all" else spared).append(parameter)
    return [{"params": decayed}, *([{"params": spared, "weight_decay": 0.0}] if spared else [])]


def cosine(step: int, steps: int, warm_up: int) -> float:
    """Share of the highest rate: straight up during the warm-up, then half a cosine down to 0."""
    if step < warm_up:
        return FIRST_RATE + (1 - FIRST_RATE) * step / warm_up
    return (1 + cos(pi * (step - warm_up) / max(1, steps - warm_up))) / 2


# --- the loop ---------------------------------------------------------------------------------------------------------
def train(
    training: Training,
    batches: Iterable[Batch],
    recipe: Recipe,
    steps: int,
    share: Share,
    listener: Listener,
    *,
    save_every: int,
) -> None:
    """Every step from where the training stands. It is saved every `save_every` steps, at the end and when it is
    stopped.
    """
    model = training.model
    if share.ranks > 1:
        see_whole_batch(model, share)
    objective = Objective(
        model, dense=recipe.dense, quiet=recipe.quiet, over_all=lambda mean: mean_over(mean, share.ranks)
    )
    model.train()
    if training.step == steps:  # it was killed when all was done but the last files were not written
        listener.save(training)
    for batch in batches:
        focus = recipe.focus * training.step / steps  # what is not yet learnt must not be hushed
        is_stopped = take_step(training, objective, batch, recipe, focus, share, listener)
        is_last = training.step == steps
        if is_last or is_stopped or training.step % save_every == 0:
            listener.save(training)
        if is_stopped and not is_last:
            raise KeyboardInterrupt


def take_step(
    training: Training,
    objective: Objective,
    batch: Batch,
    recipe: Recipe,
    focus: float,
    share: Share,
    listener: Listener,
) -> bool:
    """One step of all processes together; whether any of them was asked to stop."""
    losses, gradient = differentiate(objective, batch, share, focus, recipe.clip_norm or inf)
    signals = gradient.new_tensor([listener.should_stop(), len(batch.broken)])
    means = mean_of(torch.cat([torch.stack(losses).detach(), signals]), share)
    total, clip, dense, spread, accuracy, is_stopped, breaks = means.tolist()
    if breaks:
        note_broken(training, gather(batch.broken, share), listener)
    rate = training.optimizer.param_groups[0]["lr"]
    logged = Logged(training.step + 1, total, clip, dense, spread, accuracy, float(gradient), rate)
    update(training, logged, recipe, listener)
    return bool(is_stopped)


def differentiate(
    objective: Objective, batch: Batch, share: Share, focus: float, clip_norm: float
) -> tuple[Losses, Tensor]:
    """The losses of this process's clips, and the norm of the gradient of them all, which is then clipped."""
    if batch.frames is None:
        raise InputError(
            "none of the videos can be read", fact=": ".join(batch.broken[0]), hint=Try(("dtfviz", "probe", "VIDEO"))
        )
    device = next(objective.parameters()).device
    frames, labels, masks = (None if one is None else one.to(device, non_blocking=True) for one in batch[:3])
    losses: Losses = objective(frames, labels, masks, focus)
    objective.zero_grad()
    losses.total.backward()
    average_gradients(objective, share)
    return losses, clip_grad_norm_(objective.parameters(), clip_norm)


def update(training: Training, logged: Logged, recipe: Recipe, listener: Listener) -> None:
    """A step of the optimiser, unless that would spoil the weights."""
    if not (isfinite(logged.loss) and isfinite(logged.gradient)):
        raise ModelError(
            f"the training broke down at step {logged.step}: its loss is {logged.loss:g}, the norm of its gradient "
            f"{logged.gradient:g}",
            fact=f"the learning rate was {logged.rate:g}; what was saved before is untouched",
            hint=Use("rate", float(f"{highest_rate(recipe) / 10:.1g}")),
        )
    training.optimizer.step()
    training.schedule.step()
    training.step += 1
    listener.on_step(logged)


def note_broken(training: Training, found: Iterable[tuple[str, str]], listener: Listener) -> None:
    """Each video that cannot be read is told of once in a training."""
    for video, reason in found:
        if video not in training.broken:
            training.broken[video] = reason
            listener.on_broken(training.step + 1, video, reason)


# --- going on later ---------------------------------------------------------------------------------------------------
def save_state(training: Training, path: Path) -> None:
    """Everything that is needed to go on, in one file that is whole or not there."""
    state = {
        "step": training.step,
        "model": training.model.state_dict(),
        "optimizer": training.optimizer.state_dict(),
        "schedule": training.schedule.state_dict(),
        "broken": training.broken,
        "random": torch.get_rng_state(),
        "random_cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else [],
    }
    buffer = io.BytesIO()  # written by Python, whose errors say what is wrong with the disk
    torch.save(state, buffer)
    with replacing(path) as partial:
        partial.write_bytes(buffer.getbuffer())


def restore(training: Training, path: Path) -> None:
    """Go back to a saved state; the model, optimiser and schedule must be those of the training that was saved."""
    try:
        put_back(training, read_held(path))
    except (CheckpointError, AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        fact = error.fact if isinstance(error, CheckpointError) else str(error).splitlines()[0]
        raise CheckpointError(
            f"{path}: cannot be read as a checkpoint",
            fact=f"{fact}; without it the training begins again",
            hint=Try(("rm", path)),
        ) from error


def put_back(training: Training, state: Mapping[str, Any]) -> None:
    """What was saved, into what is to go on."""
    training.model.load_state_dict(state["model"])
    training.optimizer.load_state_dict(state["optimizer"])
    training.schedule.load_state_dict(state["schedule"])
    training.step, training.broken = int(state["step"]), dict(state["broken"])
    torch.set_rng_state(state["random"])
    if state["random_cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(state["random_cuda"][: torch.cuda.device_count()])
