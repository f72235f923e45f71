"""The temporal operators of the paper's Table 1 on generated motion, at equal steps, in one small net.

For each the learning rate comes from a short run (least cross-entropy on clips that neither training nor evaluation
sees), then two seeds are trained with it and evaluated on 280 held-out clips a difficulty. Everything else is the
recipe `motion`, tuned on DTF with the paper's layout: read the table as "learns more in the same steps". The cost is of
one clip; the time of a step's forward and backward pass is that of the fastest round, all operators interleaved in one
run, one thread.

    python benchmarks/variants.py WORK     about an hour of one core; what is finished in WORK is not done again
    python benchmarks/variants.py          prints the table from variants.json and puts it into docs/training.md
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from held_out import evaluated
from into import markdown, put_into
from timing import fastest
from torch import Tensor, nn
from torch.nn import functional

from dtfviz.core.analysis.cost.cost import cost
from dtfviz.core.jobs.request import Request
from dtfviz.core.jobs.train import Pace, train_folder
from dtfviz.core.learning.datasets import MotionSet, clip_of, training_seed
from dtfviz.core.learning.wishes import TrainWishes
from dtfviz.core.media.motion import draw_motion
from dtfviz.core.models.building import build_model
from dtfviz.core.models.card import card_of
from dtfviz.core.models.inputs import as_input
from dtfviz.core.models.loading.model import load_model

RECORD = Path(__file__).with_suffix(".json")
PAGE = Path(__file__).parents[1] / "docs" / "training.md"
SIZE, BATCH = 48, 16
SHORT, LONG = 100, 400  # steps
RATES, SEEDS = (1e-3, 2e-3, 4e-3), (1, 2)
DIFFICULTIES = (0.0, 0.25, 0.4)
UNUSED = 2**31 - 1  # a training seed for the clips that choose the rate
VALIDATION = 140


@dataclass(frozen=True)
class Variant:
    label: str
    temporal: str
    filter_layout: str = "paper"

    @property
    def slug(self) -> str:
        return f"{self.temporal}-{self.filter_layout}"


VARIANTS = (
    Variant("2-D", "none"),
    Variant("temporal shift", "shift"),
    Variant("DTF_1d", "dtf_1d"),
    Variant("DTF_1d+", "dtf_1d+"),
    Variant("DTF_F", "dtf_f"),
    Variant("DTF without aggregation", "dtf_nofa"),
    Variant("DTF, correlation only", "dtf_cor"),
    Variant("DTF, released layout", "dtf", "released"),
    Variant("DTF, paper layout", "dtf"),
)


# --- the runs ---------------------------------------------------------------------------------------------------------
def main(work: Path) -> None:
    torch.set_num_threads(1)
    rows = [measure(variant, work) for variant in VARIANTS]
    models = [build(variant) for variant in VARIANTS]
    seconds = fastest([stepping(model) for model in models], rounds=7)
    for row, model, time in zip(rows, models, seconds, strict=True):
        counted = cost(model)
        row |= {"params": counted.params.total, "flops": counted.whole.flops, "step_seconds": time}
    facts = {
        "steps": LONG,
        "rates": RATES,
        "seeds": SEEDS,
        "size": SIZE,
        "clips": len(held_out(0)),
        "difficulties": DIFFICULTIES,
    }
    RECORD.write_text(json.dumps({"facts": facts, "rows": rows}, indent=2) + "\n", encoding="utf-8")


def measure(variant: Variant, work: Path) -> dict[str, Any]:
    losses = {rate: validation_loss(trained(variant, work, SHORT, rate, seed=0)) for rate in RATES}
    rate = min(losses, key=lambda one: losses[one])
    scores = [
        [evaluated(model, held_out(level)).top1.value for level in DIFFICULTIES]
        for model in (trained(variant, work, LONG, rate, s) for s in SEEDS)
    ]
    row = asdict(variant) | {
        "validation_loss": {f"{one:g}": losses[one] for one in RATES},
        "rate": rate,
        "top1": scores,
    }
    print(json.dumps(row), flush=True)
    return row


def trained(variant: Variant, work: Path, steps: int, rate: float, seed: int) -> nn.Module:
    wishes = TrainWishes(
        model="dtf_net_motion",
        variant=variant.temporal,
        filter_layout=variant.filter_layout,
        size=SIZE,
        steps=steps,
        batch=BATCH,
        rate=rate,
        seed=seed,
    )
    out = str(work / f"{variant.slug}-{steps}-{rate:g}-{seed}")
    request = Request(("train",), out, say=lambda line: print(line, file=sys.stderr))
    done = train_folder(wishes, Pace("cpu", save_every=100), request)
    return load_model(checkpoint=done.folder / "model.safetensors")


def build(variant: Variant) -> nn.Module:
    return build_model("dtf_net_motion", size=SIZE, temporal=variant.temporal, filter_layout=variant.filter_layout)


def stepping(model: nn.Module) -> Callable[[], object]:
    clips = torch.randn(BATCH, 3, 16, SIZE, SIZE)
    return lambda: model.train()(clips).sum().backward()


# --- what they come to ------------------------------------------------------------------------------------------------
def held_out(difficulty: float) -> MotionSet:
    return MotionSet(difficulty=difficulty, size=SIZE)


def validation_loss(model: nn.Module) -> float:
    motions = [
        draw_motion(n % 14, training_seed(UNUSED, n), difficulty=DIFFICULTIES[n % 3], size=SIZE)
        for n in range(VALIDATION)
    ]
    logits = torch.cat(
        [scores(model, as_input(clip_of(motion, str(n)), card_of(model))) for n, motion in enumerate(motions)]
    )
    return float(functional.cross_entropy(logits, torch.tensor([motion.label for motion in motions])))


@torch.no_grad()
def scores(model: nn.Module, clips: Tensor) -> Tensor:
    logits: Tensor = model.eval()(clips)
    return logits


# --- the table --------------------------------------------------------------------------------------------------------
def table(record: Mapping[str, Any]) -> str:
    facts, rows = record["facts"], record["rows"]
    plain = rows[0]["step_seconds"]
    levels = [f"d = {level:g}" for level in facts["difficulties"]]
    lines = []
    for row in rows:
        found = [spread(column) for column in zip(*row["top1"], strict=True)]
        cells = [
            f"{row['rate']:g}",
            f"{row['params'] / 1e3:.0f} k",
            f"{row['flops'] / 1e6:.0f}",
            f"{row['step_seconds'] / plain:.1f}",
        ]
        lines.append([row["label"], *found, *cells])
    return markdown(["temporal operator", *levels, "rate", "parameters", "MFLOPs", "step, x 2-D"], lines)


def spread(values: Sequence[float]) -> str:
    """The mean over seeds, and half the distance between them."""
    return f"{np.mean(values):.3f} ± {np.ptp(values) / 2:.3f}"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    drawn = table(json.loads(RECORD.read_text(encoding="utf-8")))
    print(drawn)
    put_into(PAGE, "variants", drawn)
