"""What five counters of multiply-adds say of the same models, and the largest reasons why, put into docs/cost.md.

    pip install 'dtfviz[compare]'; python benchmarks/counters.py

Counts are the same everywhere; only fvcore takes time, for a real forward pass of each model.
"""

from pathlib import Path

from into import markdown, put_into
from torch import nn
from torchvision.models import video

import dtfviz
from dtfviz.core.analysis.cost.against import count_by_others
from dtfviz.core.choices import OTHER_COUNTERS
from dtfviz.core.render.cost.against import reasons

PAGE = Path(__file__).parents[1] / "docs" / "cost.md"
MODELS = {  # with the clip of each
    "r3d_18": (video.r3d_18, (1, 3, 16, 112, 112)),
    "mvit_v2_s": (video.mvit_v2_s, (1, 3, 16, 224, 224)),
    "swin3d_t": (video.swin3d_t, (1, 3, 16, 224, 224)),
    "dtf_net_motion": (lambda: dtfviz.build_model("dtf_net_motion"), (1, 3, 16, 64, 64)),
}


def main() -> None:
    columns = {name: shares(build().eval(), clip) for name, (build, clip) in MODELS.items()}
    heads = ["counted by", *(f"{name} ({clip[2]} x {clip[3]})" for name, (_, clip) in MODELS.items())]
    rows = [[row, *(column[row] for column in columns.values())] for row in next(iter(columns.values()))]
    drawn = markdown(heads, rows)
    print(drawn)
    put_into(PAGE, "counters", drawn)


def shares(model: nn.Module, clip: tuple[int, ...]) -> dict[str, str]:
    """What each tool counts, as a multiple of our count; its reasons are printed."""
    ours = dtfviz.cost(model, clip)
    others = count_by_others(model, ours, OTHER_COUNTERS)
    print(*[line for one in others for line in reasons(one)], sep="\n")
    column = {"dtfviz, real": f"{ours.whole.real / 1e9:.3g} G"}
    for one in others:
        column[f"{one.tool} {one.version}".strip()] = f"x {one.macs / ours.whole.real:.3f}" if one.macs else "-"
    return column


if __name__ == "__main__":
    main()
