"""What models cost, as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from dtfviz.core.models.catalogue import MODELS
from dtfviz.core.published import explain_difference, published_for, read_published
from dtfviz.core.render.style.document import Document, write_document
from dtfviz.core.results.cost import Cost, PublishedCost


def cost_document(cost: Cost, views: tuple[int, int] = (1, 1), *, is_plain: bool = True) -> Document:
    """One clip's cost by module and operator; `views` are the clips and crops of an evaluation, a plain model has no
    changed blocks.
    """
    whole, (clips, crops) = cost.whole, views
    return {
        "model": cost.model,
        "frames": cost.clip[2],
        "size": cost.clip[3],
        "params": asdict(cost.params),
        "macs": {"paper": whole.paper, "real": whole.real},
        "flops": whole.flops,
        "activation_bytes": whole.activations,
        "views": {
            "clips": clips,
            "crops": crops,
            "macs_paper": whole.paper * clips * crops,
            "flops": whole.flops * clips * crops,
        },
        "by_module": [asdict(row) | {"flops": row.flops} for row in cost.by_module],
        "by_operator": {
            row.name: {"macs": row.once, "macs_real": row.real, "in_paper": row.in_paper} for row in cost.by_operator
        },
        "uncounted": [asdict(row) for row in cost.uncounted],
        "published": published_document(cost) if is_plain else None,
    }


def published_document(cost: Cost) -> Document | None:
    """What the paper reports of this model at this size, where it does."""
    row, entry = published_for(cost.model, cost.clip[2]), MODELS.get(cost.model)
    if row is None or row.gflops is None or entry is None or cost.clip[3] != entry.cost_size:
        return None
    return {
        "gflops": row.gflops,
        "views": row.views,
        "remark": explain_difference(row.gflops, cost.ways),
        "source": read_published()[0],
    }


def published_rows(rows: Sequence[PublishedCost]) -> list[Document]:
    """The rows of one of the paper's tables, with our counts."""
    return [
        asdict(one.row)
        | {"remark": one.remark}
        | ({"macs": {"paper": one.cost.whole.paper, "real": one.cost.whole.real}} if one.cost else {})
        for one in rows
    ]


def write_cost(cost: Cost, path: Path) -> None:
    write_document(cost_document(cost), path)
