"""Held-out generated motion, through a model."""

from pathlib import Path
from tempfile import TemporaryDirectory

from torch import nn

from dtfviz.core.learning.datasets import MotionSet
from dtfviz.core.learning.evaluate import collect, conclude, evaluate, make_exam
from dtfviz.core.learning.feed import Share
from dtfviz.core.models.card import card_of
from dtfviz.core.results.evaluation import Evaluation, Protocol


def evaluated(model: nn.Module, clips: MotionSet, order: str = "normal", workers: int = 0) -> Evaluation:
    """What `dtfviz evaluate` finds, without its folder."""
    card = card_of(model)
    exam = make_exam(clips, Protocol(order=order), card)
    with TemporaryDirectory() as folder:
        evaluate(model, exam, Path(folder), batch=8, workers=workers, share=Share(), on_item=lambda done, total: None)
        return conclude(exam, card, collect(Path(folder).glob("*.jsonl")))
