"""Counting multiply-adds, parameters and activations by watching a model run without memory.

Every operator that torch dispatches is looked up in COUNTED, then in torch's own registry, which extensions add to.
What stands in neither nor among views and copies is reported with the elements it writes, so that nothing is left out
in silence. Conventions:

    paper   what the paper's numbers count: convolutions, linear layers, attention products, and the complex channel
            mixing with one complex multiply-add as one. FFT, filter product, correlation, aggregation and softmax are
            not in it
    real    everything, a complex multiply-add as four real ones
    FLOPs   twice real
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import log2, prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry, shape_wrapper
from torch.utils.module_tracker import ModuleTracker

from dtfviz.core.errors import OptionError
from dtfviz.core.models.borrow.cut import evaluating
from dtfviz.core.models.borrow.sketch import without_memory
from dtfviz.core.models.card import Card
from dtfviz.core.models.fold import structure_model
from dtfviz.core.models.seams import LeavesUnused
from dtfviz.core.ops.frame_aggregation import macs as aggregation_macs
from dtfviz.core.published import Published, explain_difference
from dtfviz.core.results.cost import Cost, ModuleCost, OperatorCost, Params, PublishedCost, Uncounted

aten = torch.ops.aten
Work = dict[str, int]  # kind of work -> MACs, a complex multiply-add counted once
Formula = Callable[[Any, Sequence[Any], Any], Work | None]  # operator, its arguments, what it gives -> the work
TorchFormula = Callable[..., int]  # as torch.utils.flop_counter has them: FLOPs
SOFTMAX_MACS = 2.5  # of an element: maximum, difference, exponential, sum and division are 5 FLOPs
KINDS = {  # kind -> whether the paper counts it
    "convolution": True, "linear": True, "attention": True, "complex mixing": True,
    "filter product": False, "fft": False, "correlation": False, "aggregation": False, "softmax": False,
    "registered": False,
}  # fmt: skip
COMPLEX_KINDS = ("complex mixing", "filter product")


# --- what one call costs ----------------------------------------------------------------------------------------------
def registered(func: Any, args: Sequence[Any], out: Any) -> int:
    """MACs by torch's own formulas, which count FLOPs."""
    return int(flop_registry[func.overloadpacket](*args, out_val=out)) // 2


def by_formula(formula: TorchFormula) -> Formula:
    """MACs by someone's formula for FLOPs."""
    return lambda func, args, out: {"registered": int(formula(*args, out_val=out)) // 2}


def convolution(func: Any, args: Sequence[Any], out: Any) -> Work:
    """By torch's formula."""
    return {"convolution": registered(func, args, out)}


def linear(func: Any, args: Sequence[Any], out: Any) -> Work:
    """Matrix products; of complex ones the channel mixing."""
    return {"complex mixing" if out.is_complex() else "linear": registered(func, args, out)}


def batched(func: Any, args: Sequence[Any], out: Any) -> Work:
    """Batched products: of complex matrices the channel mixing, of real ones attention."""
    return {"complex mixing" if out.is_complex() else "attention": registered(func, args, out)}


def fused_attention(func: Any, args: Sequence[Any], out: Any) -> Work:
    """Both products and the softmax between them, which torch runs as one."""
    query, key = args[0], args[1]
    scores = prod(query.shape[:-1]) * key.shape[-2]
    return {"attention": scores * (query.shape[-1] + args[2].shape[-1]), "softmax": round(SOFTMAX_MACS * scores)}


def softmax(func: Any, args: Sequence[Any], out: Any) -> Work:
    """A few operations an element."""
    return {"softmax": round(SOFTMAX_MACS * args[0].numel())}


def fft(func: Any, args: Sequence[Any], out: Any) -> Work:
    """2.5 n log2 n FLOPs for a real transform of n values."""
    real = args[0] if out.is_complex() else out
    steps = prod(real.shape[dim] for dim in args[1])
    return {"fft": round(1.25 * real.numel() * log2(steps))}


def product_of(func: Any, args: Sequence[Any], out: Any) -> Work | None:
    """Element-wise: only the product of two complex tensors is a multiply-add worth the name."""
    both = all(isinstance(factor, Tensor) and factor.is_complex() for factor in args[:2])
    return {"filter product": out.numel()} if both else None


def frame_aggregation(func: Any, args: Sequence[Any], out: Any) -> Work:
    """Scores, their softmax, and the weighted sum."""
    kernel_size = args[1].shape[-1]
    half = aggregation_macs(tuple(args[0].shape), kernel_size) // 2
    return {"correlation": half, "aggregation": half, "softmax": round(SOFTMAX_MACS * out[1].numel())}


COUNTED: dict[Any, Formula] = {
    aten.convolution: convolution,
    aten.mm: linear,
    aten.addmm: linear,
    aten.bmm: batched,
    aten.baddbmm: batched,
    aten._scaled_dot_product_flash_attention: fused_attention,
    aten._scaled_dot_product_flash_attention_for_cpu: fused_attention,
    aten._scaled_dot_product_efficient_attention: fused_attention,
    aten._scaled_dot_product_cudnn_attention: fused_attention,
    aten._softmax: softmax,
    aten._safe_softmax: softmax,
    aten._fft_r2c: fft,
    aten._fft_c2r: fft,
    aten.mul: product_of,
    torch.ops.dtfviz.frame_aggregation: frame_aggregation,
}
COPIES = {
    aten.clone,
    aten._unsafe_view,
    aten._to_copy,
    aten.copy_,
    aten.empty,
    aten.empty_like,
    aten.contiguous,
}  # bytes, but no arithmetic


class Counter(TorchDispatchMode):
    """Adds up the work, the bytes written and the parameters used, for the model and each of its modules."""

    def __init__(self, tracker: ModuleTracker, formulas: Mapping[Any, TorchFormula]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's own is not typed
        self.tracker = tracker
        added = {operator: by_formula(shape_wrapper(formula)) for operator, formula in formulas.items()}
        self.formulas = {operator: by_formula(formula) for operator, formula in flop_registry.items()} | COUNTED | added
        self.work: dict[str, Work] = defaultdict(lambda: defaultdict(int))  # by module, then kind
        self.written: dict[str, int] = defaultdict(int)  # bytes, by module
        self.uncounted: dict[str, list[int]] = defaultdict(lambda: [0, 0])  # calls and elements, by operator
        self.used: set[int] = set()  # identities of tensors that were read

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        self.used.update(id(tensor) for tensor in tensors_in(args))
        if not is_view(func):
            self.count(func, args, out)
        return out

    def count(self, func: Any, args: Sequence[Any], out: Any) -> None:
        formula, written = self.formulas.get(func.overloadpacket), tensors_in(out)
        work = formula(func, args, out) if formula else None
        modules = [name.partition(".")[2] for name in self.tracker.parents if name != "Global"]
        for module in modules:
            self.written[module] += sum(tensor.numel() * tensor.element_size() for tensor in written)
            for kind, macs in (work or {}).items():
                self.work[module][kind] += macs
        if work is None and func.overloadpacket not in COPIES:
            tally = self.uncounted[func.overloadpacket.__name__]
            tally[0] += 1
            tally[1] += sum(tensor.numel() for tensor in written[:1])


def is_view(func: Any) -> bool:
    """Whether the result shares the memory of an argument, without writing to it."""
    returns = func._schema.returns
    return bool(returns) and returns[0].alias_info is not None and not returns[0].alias_info.is_write


def tensors_in(value: Any) -> list[Tensor]:
    """Those in nested lists and tuples."""
    if isinstance(value, Tensor):
        return [value]
    return [tensor for part in value for tensor in tensors_in(part)] if isinstance(value, list | tuple) else []


# --- a whole model ----------------------------------------------------------------------------------------------------
@torch.inference_mode(False)
def cost(
    model: nn.Module, clip: Sequence[int] | None = None, formulas: Mapping[Any, TorchFormula] | None = None
) -> Cost:
    """What one clip costs. `clip` is (B, C, frames, height, width); a model with a card knows its own.

    `formulas`: FLOPs of further operators, {torch.ops.library.name: (*shapes, out_shape) -> FLOPs}, as
    `torch.utils.flop_counter.FlopCounterMode` takes them; those that are registered with torch are known.
    """
    card = getattr(model, "card", None)
    if clip is None:
        if not isinstance(card, Card):
            raise OptionError(
                f"a {type(model).__name__} does not say what its clips are like",
                hint="dtfviz.cost(model, (1, 3, frames, height, width))",
            )
        clip = (1, 3, card.frames, card.size, card.size)
    twin = without_memory(structure_model(model))
    tracker = ModuleTracker()
    counter = Counter(tracker, formulas or {})
    with evaluating(twin), torch.no_grad(), tracker, counter:
        twin(torch.empty(*clip, device="meta"))
    called = {"", *counter.written}  # a model that writes nothing costs nothing
    unused = {name for name, parameter in twin.named_parameters() if id(parameter) not in counter.used}
    return Cost(
        model=card.name if isinstance(card, Card) else type(model).__name__,
        clip=tuple(clip),
        params=count_params(twin, unused),
        by_module=tuple(
            module_cost(name, module, counter, unused) for name, module in twin.named_modules() if name in called
        ),
        by_operator=tuple(operator_cost(kind, counter.work[""][kind]) for kind in KINDS if counter.work[""][kind]),
        uncounted=tuple(
            sorted(
                (Uncounted(name, *tally) for name, tally in counter.uncounted.items()), key=lambda row: -row.elements
            )
        ),
    )


def operator_cost(kind: str, once: int) -> OperatorCost:
    """One kind of work in both conventions."""
    return OperatorCost(kind, once, once * 4 if kind in COMPLEX_KINDS else once, KINDS[kind])


def module_cost(name: str, module: nn.Module, counter: Counter, unused: set[str]) -> ModuleCost:
    """What was counted while a module ran."""
    operators = [operator_cost(kind, macs) for kind, macs in counter.work[name].items()]
    prefix = f"{name}." if name else ""
    return ModuleCost(
        name=name,
        depth=sum(name.startswith(f"{above}.") for above in counter.written if above) + bool(name),
        paper=sum(operator.once for operator in operators if operator.in_paper),
        real=sum(operator.real for operator in operators),
        params=sum(parameter.numel() for key, parameter in module.named_parameters() if prefix + key not in unused),
        activations=counter.written[name],
    )


def count_params(model: nn.Module, unused: set[str]) -> Params:
    """Those in use, frozen ones, and those that nothing reads."""
    sizes: Mapping[str, tuple[int, bool]] = {name: (p.numel(), p.requires_grad) for name, p in model.named_parameters()}
    never_built = model.dead_parameters() if isinstance(model, LeavesUnused) else {}
    dead = sum(sizes[name][0] for name in unused) + sum(
        prod(shape) for name, shape in never_built.items() if not name.endswith(BUFFERS)
    )
    used = [size for name, size in sizes.items() if name not in unused]
    trainable = sum(size for size, is_trained in used if is_trained)
    frozen = sum(size for size, is_trained in used if not is_trained)
    return Params(trainable + frozen + dead, trainable, frozen, dead)


BUFFERS = ("running_mean", "running_var", "num_batches_tracked")  # in a state dict, but no parameters


# --- beside the paper -------------------------------------------------------------------------------------------------
def beside_published(row: Published, build: Callable[[Published], nn.Module]) -> PublishedCost:
    """A published row with our count of the model that `build` makes of it."""
    if row.model is None:
        return PublishedCost(row, None, "other authors'" if row.is_others else "published only")
    ours = cost(build(row))
    return PublishedCost(row, ours, explain_difference(row.gflops, ours.ways) if row.gflops else "-")
