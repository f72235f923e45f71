"""A model's weights, shuffled for as long as a block lasts: its tensors are exchanged, not written to, so that it gets
back the very ones it had.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import torch
from torch import Tensor, nn

from dtfviz.core.models.borrow.cut import evaluating

MOST = 20  # parts: each costs a map


@contextmanager
def shuffling(model: nn.Module, seed: int) -> Iterator[Callable[[str], None]]:
    """Yields what shuffles the weights of a part, by its path; all of them come back at the end of the block."""
    generator = torch.Generator().manual_seed(seed)
    own = {name: parameter.data for name, parameter in model.named_parameters()}

    def shuffle(part: str) -> None:
        for name, values in own.items():
            if within(name.rpartition(".")[0], part):
                model.get_parameter(name).data = shuffled(values, generator)

    try:
        yield shuffle
    finally:
        for name, values in own.items():
            model.get_parameter(name).data = values


def shuffled(values: Tensor, generator: torch.Generator) -> Tensor:
    """The same numbers in another order, so that nothing grows or vanishes that did not before."""
    order = torch.randperm(values.numel(), generator=generator)
    return values.flatten()[order.to(values.device)].view(values.shape)


def within(path: str, part: str) -> bool:
    """Whether a module lies in a part; the whole model is a part for what it holds itself, outside of any module."""
    return path == part or (bool(part) and path.startswith(f"{part}."))


def parts_from_the_answer(model: nn.Module, pixels: Tensor) -> tuple[str, ...]:
    """Paths of what holds weights, the last to run first: as deep as MOST allow."""
    order = running_order(model, pixels)
    holders = list(dict.fromkeys(name.rpartition(".")[0] for name, _ in model.named_parameters()))
    depth, found = 1, parts_at(holders, 1, order)
    while len(deeper := parts_at(holders, depth + 1, order)) <= MOST and deeper != found:
        depth, found = depth + 1, deeper
    return found


def parts_at(holders: list[str], depth: int, order: dict[str, int]) -> tuple[str, ...]:
    """Paths cut to a depth, by when the first module in each runs, in reverse."""
    begins: dict[str, int] = {}
    for name in holders:
        part = ".".join(name.split(".")[:depth])
        begins[part] = min(begins.get(part, len(order)), start_of(name, order))
    return tuple(sorted(begins, key=lambda part: -begins[part]))


def start_of(name: str, order: dict[str, int]) -> int:
    """When a module runs; one whose weights are used by its parent runs with that."""
    while name not in order:
        name = name.rpartition(".")[0]
    return order[name]


@torch.no_grad()
def running_order(model: nn.Module, pixels: Tensor) -> dict[str, int]:
    """The place of every module that runs, by when it first begins."""
    order: dict[str, int] = {}

    def note(name: str, module: nn.Module, inputs: object) -> None:
        order.setdefault(name, len(order))

    with evaluating(model), ExitStack() as hooks:
        for name, module in model.named_modules():
            hooks.enter_context(module.register_forward_pre_hook(partial(note, name)))
        model(pixels)
    return order
