"""What the bundled model must reach, recomputed from the shipped file on held-out clips, and put into its card.

1,400 generated clips a row, the 14 classes in turn, from seeds that no training uses; for filters the cells of 224, as
benchmarks/filters.py has them. The last two rows are the real clip, read at the model's stride.
"""

from pathlib import Path

from filters import DIFFICULTY, FILTER_CLIPS, measure
from held_out import evaluated
from into import markdown, put_into

from dtfviz.core.analysis.predict import predict
from dtfviz.core.bundled import CLIP, asset
from dtfviz.core.learning.datasets import MotionSet
from dtfviz.core.media.clip import reorder
from dtfviz.core.media.reading import read_clip
from dtfviz.core.models.card import card_of
from dtfviz.core.models.inputs import sampling_for
from dtfviz.core.models.loading.model import load_model
from dtfviz.core.results.evaluation import Proportion

CLIPS = 1400
CARD = Path(str(asset("motion.md")))
WANTED = {0.0: "", 0.25: "", 0.4: "at least .95", 0.5: "at least .93"}

model = load_model()


def row(what: str, share: Proportion, wanted: str) -> list[str]:
    low, high = share.interval
    return [what, f"{share.value:.3f}", f"{low:.3f} to {high:.3f}", wanted]


def accuracies() -> list[list[str]]:
    plain = [
        row(f"top-1, difficulty {level:g}", evaluated(model, MotionSet(CLIPS, level), workers=1).top1, wanted)
        for level, wanted in WANTED.items()
    ]
    shuffled = evaluated(model, MotionSet(CLIPS), "shuffled", workers=1).top1
    changed, overall = evaluated(model, MotionSet(CLIPS), "reversed", workers=1).backwards or (None, None)
    rows = [*plain, row("top-1, frames shuffled, difficulty 0.4", shuffled, "at most .25")]
    if changed and overall:
        rows += [
            row("played backwards: the class then shown, where that is another", changed, "at least .85"),
            row("played backwards: the class then shown, all clips", overall, ""),
        ]
    return rows


def filters() -> list[list[str]]:
    """How well the default layer's filters tell what moves."""
    card = card_of(model)
    rows = measure("trained", model, MotionSet(FILTER_CLIPS, DIFFICULTY, card.frames, card.size))
    (found,) = (row for row in rows if (row["layer"], row["measure"]) == (card.filter_layer, "kernel"))
    what = f"AUC of kernel energy in {card.filter_layer}, difficulty {DIFFICULTY:g}: mover against"
    return [
        [f"{what} cells it never touches", f"{found['auc']:.3f}", "", "at least .97"],
        [f"{what} a still look-alike", f"{found['auc_alike']:.3f}", "", "at least .95"],
    ]


def walking() -> list[list[str]]:
    card = card_of(model)
    clip = read_clip(asset(CLIP), sampling_for(card), card.size)
    rows = []
    for order, wanted in (("normal", "move-left"), ("reversed", "move-right")):
        best = predict(model, reorder(clip, order), top=1).top[0]
        rows.append([f"{CLIP}, frames in {order} order", f"{best.label} {best.probability:.2f}", "", f"{wanted} first"])
    return rows


if __name__ == "__main__":
    table = markdown(["what", "reached", "95 % interval", "wanted"], [*accuracies(), *filters(), *walking()])
    print(table)
    put_into(CARD, "metrics", table)
