"""What became of the tensors of a file, and of the parameters of the model that they fill."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from dtfviz.core.errors import ModelError, Use
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.models.families import FAMILIES, load
from dtfviz.core.models.seams import LeavesUnused
from dtfviz.core.results.load_report import LoadReport, Mismatch
from dtfviz.core.store.checkpoint import Checkpoint

COMPUTED = ("relative_position_index", "attn_mask", "num_batches_tracked")  # nothing that training leaves behind


def compare(
    checkpoint: Checkpoint, model: nn.Module, tensors: Mapping[str, Tensor], renamed: tuple[tuple[str, str], ...]
) -> LoadReport:
    """What fits, what differs, and what is missing."""
    card, wanted = card_of(model), model.state_dict()
    dead = set(model.dead_parameters()) if isinstance(model, LeavesUnused) else set()
    fitting = {name for name in tensors if name in wanted and fits(tensors[name], wanted[name])}
    computed = {name for name in tensors if name.endswith(COMPUTED) and name not in fitting | dead}
    odd = [name for name in wanted if name in tensors and name not in fitting | computed]
    return LoadReport(
        path=str(checkpoint.path),
        kind=checkpoint.kind,
        model=card.name,
        matched=len(fitting),
        renamed=tuple((theirs, ours) for theirs, ours in renamed if ours in fitting),
        dead=tuple(sorted(set(tensors) & dead)),
        recomputed=tuple(sorted(computed)),
        missing=tuple(name for name in wanted if name not in tensors and not name.endswith(COMPUTED)),
        unexpected=tuple(sorted(set(tensors) - set(wanted) - dead - computed)),
        mismatched=tuple(
            Mismatch(
                name,
                tuple(tensors[name].shape),
                tuple(wanted[name].shape),
                explain(name, tensors[name], wanted[name], card),
            )
            for name in odd
        ),
    )


def fits(tensor: Tensor, wanted: Tensor) -> bool:
    """Whether a tensor can be copied and mean the same: neither a complex number nor the code of a quantised one is a
    weight.
    """
    return tensor.shape == wanted.shape and kind_of(tensor) == kind_of(wanted)


def kind_of(tensor: Tensor) -> str:
    """Of its numbers."""
    return "complex" if tensor.is_complex() else "real" if tensor.is_floating_point() else "whole"


def explain(name: str, tensor: Tensor, wanted: Tensor, card: Card) -> str:
    """Why a tensor differs, as far as the model's family can tell."""
    if tensor.shape == wanted.shape:
        return f"it holds {kind_of(tensor)} numbers, the model {kind_of(wanted)} ones"
    explainer = FAMILIES[card.family].explainer if card.family in FAMILIES else ""
    reason: str = load(explainer)(name, tuple(tensor.shape), card) if explainer else ""
    return reason or "made for another width"


def incomplete(report: LoadReport) -> ModelError:
    """The error for a file that leaves parameters unfilled."""
    parts = []
    if report.missing:
        parts.append(f"{len(report.missing)} missing ({sample(report.missing)})")
    if report.mismatched:
        first = report.mismatched[0]
        parts.append(f"{len(report.mismatched)} of another shape or kind ({first.name:.80}: {first.reason})")
    unexpected = f"{len(report.unexpected)} are unexpected" + (
        f" ({sample(report.unexpected)})" if report.unexpected else ""
    )
    return ModelError(
        f"{report.path}: does not fill {report.model}: {', '.join(parts)}",
        fact=f"{report.matched} tensors match, {unexpected}",
        hint=Use("partial"),
    )


def sample(names: tuple[str, ...]) -> str:
    """A few names, and dots for the rest."""
    return ", ".join(f"{name:.80}" for name in names[:3]) + (", ..." if len(names) > 3 else "")


@torch.no_grad()
def fill(model: nn.Module, tensors: Mapping[str, Tensor], report: LoadReport) -> None:
    """Copy what fits."""
    odd = {mismatch.name for mismatch in report.mismatched}
    for name, target in model.state_dict().items():
        if name in tensors and name not in odd and name not in report.recomputed:
            target.copy_(tensors[name])
