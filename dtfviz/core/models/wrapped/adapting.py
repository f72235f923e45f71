"""Adapters at the two ends of a module: clips [B, 3, T, H, W] go in whatever form it takes, logits come out."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from dtfviz.core.errors import Hint, OptionError, Use
from dtfviz.core.models.inputs import weight_of
from dtfviz.core.models.wrapped.ordering import Order

ONCE = Order()
Keywords = dict[str, Any]
Feed = Callable[[Tensor], Any]  # a clip -> whatever a model takes
FEEDS: Mapping[str, Feed] = {"BCTHW": lambda clip: clip, "BTCHW": lambda clip: clip.transpose(1, 2)}


@dataclass(frozen=True)
class Entrance:
    """Before a model: a clip in its type and form. A mapping becomes keywords, a tuple several arguments."""

    feed: Feed

    def __call__(
        self, module: nn.Module, given: tuple[Any, ...], keywords: Keywords
    ) -> tuple[tuple[Any, ...], Keywords]:
        clip, kind = given[0], weight_of(module).dtype
        fed = self.feed(clip if clip.dtype == kind else clip.to(kind))
        if isinstance(fed, Mapping):
            return given[1:], {**fed, **keywords}
        return (*(fed if isinstance(fed, tuple) else (fed,)), *given[1:]), keywords


@dataclass(frozen=True)
class Exit:
    """Behind a model: the field that holds its logits, as numbers that NumPy knows."""

    output: str | None
    order: Order = ONCE

    def __call__(self, module: nn.Module, given: object, result: Any) -> Any:
        logits = field_of(result, self.output) if self.output is not None else result
        if not isinstance(logits, Tensor):
            return logits
        return self.order.settle(logits if logits.dtype in (torch.float32, torch.float64) else logits.float())


@contextmanager
def adapting(module: nn.Module, feed: Feed, output: str | None) -> Iterator[None]:
    """Evaluation mode, and adapters in place of earlier ones; after an error inside, all is as it was before."""
    modes, before = {part: part.training for part in module.modules()}, take_off(module)
    put_on(module, [Entrance(feed), Exit(output)])
    module.eval()
    try:
        yield
    except BaseException:
        take_off(module)
        put_on(module, before)
        for part, mode in modes.items():
            part.training = mode
        raise


def settle_order(module: nn.Module, order: Order) -> None:
    """From now on the module's logits stand as all analyses read them."""
    put_on(module, [replace(one, order=order) if isinstance(one, Exit) else one for one in take_off(module)])


def take_off(module: nn.Module) -> list[Entrance | Exit]:
    """The adapters that a module had, and now has not: to wrap twice must not transpose twice."""
    taken: list[Entrance | Exit] = []
    for hooks, kind in ((module._forward_pre_hooks, Entrance), (module._forward_hooks, Exit)):
        for key in [key for key, hook in hooks.items() if isinstance(hook, kind)]:
            taken.append(hooks.pop(key))  # type: ignore[arg-type]
            module._forward_pre_hooks_with_kwargs.pop(key, None)
    return taken


def put_on(module: nn.Module, adapters: list[Entrance | Exit]) -> None:
    """As hooks of the module itself."""
    for adapter in adapters:
        if isinstance(adapter, Entrance):
            module.register_forward_pre_hook(adapter, with_kwargs=True)
        else:
            module.register_forward_hook(adapter)


def field_of(result: Any, name: str) -> Any:
    """The part of what a model returns that holds its logits."""
    value = result.get(name) if isinstance(result, Mapping) else getattr(result, name, None)
    if value is None:
        raise OptionError(f"the model's {type(result).__name__} has no field {name!r}", hint=output_hint(result))
    return value


def output_hint(result: Any) -> Hint:
    """The option that names the first field that looks like logits."""
    fields = result if isinstance(result, Mapping) else getattr(result, "__dict__", {})
    likely = [name for name, value in fields.items() if isinstance(value, Tensor) and value.dim() in (2, 3)]
    return Use("output", likely[0]) if likely else "say which field holds the logits, as output"
