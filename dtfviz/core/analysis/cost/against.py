"""Why other tools count otherwise, found by asking them again about each module alone.

A module without parts is shown to a tool alone, with an input of the shape that it had in the model: what the tool says
of it stands beside our count, and what is left of both is what runs between modules. Reasons are experiments as well:
a missed module is shown under the name of the torch class that it derives from, and with one position.
"""

import copy
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import torch
from torch import Tensor, nn

from dtfviz.core.analysis.cost.cost import cost
from dtfviz.core.analysis.cost.others import TOOLS, Tool
from dtfviz.core.errors import ModelError
from dtfviz.core.models.borrow.cut import evaluating
from dtfviz.core.models.borrow.sketch import without_memory
from dtfviz.core.models.fold import structure_model
from dtfviz.core.results.cost import EXACT_TYPE, ONE_POSITION, Cost, OtherCount, PartCount

SAME = 1e-3  # a difference below this share of the model is none


@dataclass(frozen=True)
class Piece:
    """A module without parts, and the input that it had in the model; equal pieces cost the same."""

    kind: type[nn.Module]
    settings: str
    shape: tuple[int, ...]

    @property
    def name(self) -> str:
        return self.kind.__name__


Pieces = Mapping[Piece, tuple[nn.Module, int]]  # one of each, and how often it is called


def count_by_others(model: nn.Module, ours: Cost, tools: Iterable[str]) -> tuple[OtherCount, ...]:
    """What other tools count of the clip that `ours` was counted of, each beside what explains the difference."""
    twin = without_memory(structure_model(model))
    pieces = pieces_of(twin, ours.clip)
    own = {piece: cost(nn.Sequential(module), piece.shape) for piece, (module, _) in pieces.items()}
    return tuple(count_by(TOOLS[name], twin, ours, pieces, own) for name in tools)


def count_by(tool: Tool, twin: nn.Module, ours: Cost, pieces: Pieces, own: Mapping[Piece, Cost]) -> OtherCount:
    """What one tool counts; a tool that is not there, or fails on the model, says why."""
    if not tool.version:
        return OtherCount(tool.name, "", None, (), "not installed")
    try:
        macs = tool.macs(copy.deepcopy(twin), torch.empty(ours.clip, device="meta"))
    except ModelError as error:
        return OtherCount(tool.name, tool.version, None, (), f"fails: {error.message.partition(': ')[2]}")
    alone = {piece: counted_alone(tool, module, piece.shape) for piece, (module, _) in pieces.items()}
    known = {piece: theirs for piece, theirs in alone.items() if theirs is not None}
    parts = [part_of(tool, name, pieces, own, known) for name in {piece.name: None for piece in known}]
    parts.append(outside(macs, ours, pieces, own, known))
    differing = [part for part in parts if abs(part.theirs - part.ours) > SAME * ours.whole.real]
    return OtherCount(
        tool.name, tool.version, macs, tuple(sorted(differing, key=lambda part: -abs(part.theirs - part.ours)))
    )


# --- the model in pieces ----------------------------------------------------------------------------------------------
def pieces_of(twin: nn.Module, clip: Sequence[int]) -> Pieces:
    """Modules without parts that are called with one tensor of numbers."""
    calls: Counter[Piece] = Counter()
    first: dict[Piece, nn.Module] = {}

    def note(module: nn.Module, args: tuple[object, ...], kwargs: dict[str, object]) -> None:
        match args:
            case (Tensor() as x,) if not kwargs and x.is_floating_point():
                piece = Piece(type(module), repr(module), tuple(x.shape))
                calls[piece] += 1
                first.setdefault(piece, module)

    leaves = [module for module in twin.modules() if not any(module.children())]
    handles = [leaf.register_forward_pre_hook(note, with_kwargs=True) for leaf in leaves]
    try:
        with evaluating(twin), torch.no_grad():
            twin(torch.empty(*clip, device="meta"))
    finally:
        for handle in handles:
            handle.remove()
    return {piece: (first[piece], times) for piece, times in calls.items()}


def counted_alone(tool: Tool, module: nn.Module, shape: Sequence[int]) -> int | None:
    """None where the tool cannot."""
    holder = nn.Sequential(copy.deepcopy(module))
    holder.register_parameter("nothing", nn.Parameter(torch.empty(0, device="meta")))  # some ask it for their device
    try:
        return tool.macs(holder, torch.empty(shape, device="meta"))
    except ModelError:
        return None


# --- what explains a difference ---------------------------------------------------------------------------------------
def part_of(tool: Tool, name: str, pieces: Pieces, own: Mapping[Piece, Cost], known: Mapping[Piece, int]) -> PartCount:
    """All modules of one class, with the reason that an experiment on the costliest finds."""
    same = [piece for piece in known if piece.name == name]
    calls = {piece: pieces[piece][1] for piece in same}
    part = PartCount(
        name,
        sum(calls.values()),
        sum(own[piece].whole.real * calls[piece] for piece in same),
        sum(known[piece] * calls[piece] for piece in same),
    )
    if part.theirs >= part.ours:
        return part
    worst = max(same, key=lambda piece: own[piece].whole.real - known[piece])
    return explained(part, tool, pieces[worst][0], worst, known[worst])


def explained(part: PartCount, tool: Tool, module: nn.Module, piece: Piece, theirs: int) -> PartCount:
    """With what an experiment says about a module of which the tool counts less than we do."""
    base = torch_base(piece.kind)
    if not theirs and base is not None and counted_alone(tool, as_class(module, base), piece.shape):
        return replace(part, reason=EXACT_TYPE, base=base.__name__)
    single = (piece.shape[0], *(1 for _ in piece.shape[1:-1]), piece.shape[-1])
    if theirs and isinstance(module, nn.Linear) and counted_alone(tool, module, single) == theirs:
        return replace(part, reason=ONE_POSITION)
    return part


def torch_base(kind: type[nn.Module]) -> type[nn.Module] | None:
    """The class of torch's that another's derives from, if it is not one of torch's that says something."""
    above = [base for base in kind.__mro__[1:] if base.__module__.startswith("torch.nn.modules.")]
    return above[0] if above and above[0] is not nn.Module else None


def as_class(module: nn.Module, kind: type[nn.Module]) -> nn.Module:
    """The same module under another class."""
    twin = copy.deepcopy(module)
    twin.__class__ = kind
    return twin


def outside(macs: int, ours: Cost, pieces: Pieces, own: Mapping[Piece, Cost], known: Mapping[Piece, int]) -> PartCount:
    """What runs between the pieces, and which kinds of it the tool misses, where some explain what it counts."""
    once, real = Counter(work_of(ours, real=False)), Counter(work_of(ours))
    for piece in known:
        times = pieces[piece][1]
        once.subtract({kind: work * times for kind, work in work_of(own[piece], real=False).items()})
        real.subtract({kind: work * times for kind, work in work_of(own[piece]).items()})
    kinds = {kind: (once[kind], work) for kind, work in real.items() if work}
    whole = sum(work for _, work in kinds.values())
    theirs = macs - sum(known[piece] * pieces[piece][1] for piece in known)
    missed, counted_once = explain_outside(kinds, theirs)
    return PartCount("", 0, whole, theirs, missed=missed, once=counted_once)


def work_of(cost: Cost, *, real: bool = True) -> Mapping[str, int]:
    """MACs by kind."""
    return {operator.name: operator.real if real else operator.once for operator in cost.by_operator}


def explain_outside(kinds: Mapping[str, tuple[int, int]], theirs: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The kinds that a tool misses, and those whose complex multiply-adds it takes as one; none where nothing fits.

    `kinds` have both counts, once and real. What departs least from counting all is tried first.
    """
    whole = sum(real for _, real in kinds.values())
    ways = product(*({once: "once", real: "", 0: "missed"}.items() for once, real in kinds.values()))
    for way in sorted(ways, key=lambda way: sum(bool(word) for _, word in way)):
        if abs(sum(work for work, _ in way) - theirs) <= SAME * whole:
            words = [(kind, word) for kind, (_, word) in zip(kinds, way, strict=True)]
            return tuple(k for k, word in words if word == "missed"), tuple(k for k, word in words if word == "once")
    return (), ()
