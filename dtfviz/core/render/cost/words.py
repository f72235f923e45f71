"""What is said of costs beneath their tables."""

from collections.abc import Sequence

from dtfviz.core.models.catalogue import MODELS
from dtfviz.core.published import is_reported
from dtfviz.core.render.cost.document import published_document
from dtfviz.core.results.cost import Cost


def conventions(costs: Sequence[Cost]) -> list[str]:
    """What the columns count."""
    paper = ["paper: complex multiply-adds once, no FFT, aggregation or softmax"]
    real = ["real: everything, complex multiply-adds as 4"]
    return [*(paper if any(is_reported(one.model) for one in costs) else []), *real]


def remarks(cost: Cost, views: tuple[int, int], *, is_plain: bool) -> list[str]:
    """What stands beneath the table of one model."""
    notes = view_notes(cost, views)
    entry, published = MODELS.get(cost.model), published_document(cost)
    if published:
        notes.append(
            "frames and size: the paper's for this model"
            if is_plain
            else "frames and size: the paper's for the model it varies"
        )
    elif entry and cost.clip[2:4] == (entry.frames, entry.cost_size):
        notes.append("frames and size: this model's defaults")
    if published and is_plain:
        notes.append(
            f"published: {published['gflops']:g} GFLOPs, counting one multiply-add as one; ours: {published['remark']}"
        )
    return notes


def view_notes(cost: Cost, views: tuple[int, int]) -> list[str]:
    """The cost of a whole evaluation, where it has several views."""
    clips, crops = views
    if clips * crops == 1:
        return []
    real = f"{cost.whole.flops * clips * crops / 1e9:.2f} GFLOPs"
    total = f"{cost.whole.paper * clips * crops / 1e9:.2f} GMACs as the paper counts, "
    return [f"{cost.model}, {clips} clips x {crops} crops: {total if is_reported(cost.model) else ''}{real}"]
