"""What one clip costs a model. One multiply-add = 1 MAC = 2 FLOPs; a complex one is 4 real ones."""

from collections.abc import Mapping
from dataclasses import dataclass

from dtfviz.core.published import Published


@dataclass(frozen=True)
class OperatorCost:
    """One kind of work, in both conventions for complex numbers."""

    name: str
    once: int  # MACs, a complex multiply-add counted once
    real: int  # MACs, a complex multiply-add counted as four
    in_paper: bool  # whether the paper's numbers include it (with complex counted once)


@dataclass(frozen=True)
class Uncounted:
    """Operators without multiply-adds that we count, and the elements they write."""

    name: str
    calls: int
    elements: int


@dataclass(frozen=True)
class ModuleCost:
    """What one module costs."""

    name: str  # "" is the whole model
    depth: int  # 0 for the whole model; lists of modules do not count
    paper: int
    real: int
    params: int  # built; without the dead ones
    activations: int  # bytes that its operators write for one clip, views not counted

    @property
    def flops(self) -> int:
        return 2 * self.real


@dataclass(frozen=True)
class Params:
    """Parameters, by what becomes of them."""

    total: int  # with the dead ones
    trainable: int
    frozen: int
    dead: int  # built by the released code, or by the module itself, and never used


@dataclass(frozen=True)
class Cost:
    """What one clip costs a model, by module and by operator."""

    model: str
    clip: tuple[int, ...]  # (B, C, frames, height, width)
    params: Params
    by_module: tuple[ModuleCost, ...]  # the whole model first, then every module that computes or holds something
    by_operator: tuple[OperatorCost, ...]
    uncounted: tuple[Uncounted, ...]

    @property
    def whole(self) -> ModuleCost:
        return self.by_module[0]

    @property
    def multiply_adds(self) -> int:
        """All that is counted but the softmax, complex multiply-adds once."""
        return sum(operator.once for operator in self.by_operator if operator.name != "softmax")

    @property
    def paper_as_real(self) -> int:
        """What the paper counts, a complex multiply-add as four."""
        return sum(operator.real for operator in self.by_operator if operator.in_paper)

    @property
    def ways(self) -> Mapping[str, float]:
        """GMACs of one clip in the ways that a published number may have been counted.

        x1: as the paper says, a complex multiply-add once; all: FFT, filter product, correlation and aggregation as
        well; x4: x1 with a complex multiply-add as four.
        """
        return {"x1": self.whole.paper / 1e9, "all": self.multiply_adds / 1e9, "x4": self.paper_as_real / 1e9}

    def at_depth(self, depth: int) -> tuple[ModuleCost, ...]:
        """Modules that together are the whole model: those at `depth`, and shallower ones that have nothing inside."""
        rows = self.by_module[1:]

        def is_shown(row: ModuleCost) -> bool:
            has_parts = any(other.name.startswith(f"{row.name}.") for other in rows)
            return row.depth == depth or (row.depth < depth and not has_parts)

        return tuple(row for row in rows if is_shown(row))


@dataclass(frozen=True)
class PublishedCost:
    """A row of one of the paper's tables, with our count of the same model beside it."""

    row: Published
    cost: Cost | None  # None for what is published only
    remark: str


@dataclass(frozen=True)
class PartCount:
    """What another tool counts of all modules of one class, beside what we count of them."""

    name: str  # the class; "" for what runs outside of modules that hold no others
    calls: int
    ours: int  # MACs, real
    theirs: int
    reason: str = ""  # found by experiment: EXACT_TYPE or ONE_POSITION
    base: str = ""  # the torch class that one of another exact type derives from
    missed: tuple[str, ...] = ()  # kinds of work outside of modules without which the rest is what the tool counts,
    once: tuple[str, ...] = ()  # with complex multiply-adds of these counted as one


EXACT_TYPE = "exact type"  # the module is counted once it goes by the name of the class that it derives from
ONE_POSITION = "one position"  # as much is counted of one position as of all


@dataclass(frozen=True)
class OtherCount:
    """What another tool counts of the same clip, and where it differs from us."""

    tool: str
    version: str  # empty where it is not installed
    macs: int | None  # None where it has no number
    parts: tuple[PartCount, ...]  # those that differ, the largest difference first
    problem: str = ""  # why there is no number
