"""What an analysis is about: a class by its number or name, the top one, one less another, or a function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import torch
from torch import Tensor

from dtfviz.core.counts import count_of
from dtfviz.core.errors import OptionError, Use
from dtfviz.core.models.answers import HIGHEST, Answer, Moment, Settle, moment_of, settling
from dtfviz.core.models.card import Card
from dtfviz.core.results.cam import Target

Plain = int | str | tuple[int | str, int | str] | None  # None: the top class
Function = Callable[[Tensor], Tensor]  # of the answer to one clip, [classes] or [classes, steps]: one number
Aim = Plain | Function | Moment


@dataclass(frozen=True)
class Scored:
    """What a target gives the answer to one clip."""

    aim: Target
    score: Tensor  # ()
    logits: Tensor  # (classes,)


def score_of(card: Card, target: Aim, answer: Tensor, times: Sequence[float]) -> Scored:
    """Of [classes] or [classes, steps]: the logit of the target, a difference of two, or the function's value."""
    moment = moment_of(target)
    logits = settling(card.answer, moment, times)(answer[None])[0]
    if callable(moment.target):
        return Scored(Target(None, None, name_of(moment.target)), value_of(moment.target, answer), logits)
    aim = find_target(card, target, logits.detach())
    return Scored(aim, logits[aim.plus] if aim.minus is None else logits[aim.plus] - logits[aim.minus], logits)


def scoring(answer: Answer, moment: Moment, times: Sequence[float]) -> Settle:
    """From the answers to many clips to a score a class, or to the one of a function: [B, classes] or [B, 1]."""
    if callable(moment.target):
        return lambda answers: torch.stack([value_of(moment.target, one) for one in answers])[:, None]
    return settling(answer, moment, times)


def value_of(function: Function, answer: Tensor) -> Tensor:
    """Its value as a tensor of no axes."""
    value = function(answer)
    if not isinstance(value, Tensor) or value.numel() != 1:
        given = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
        raise OptionError(
            f"the target {name_of(function)} gives {given}",
            fact=f"one number is needed of an answer of {tuple(answer.shape)}",
            hint="lambda answer: answer[3] - answer[5]",
        )
    return value.reshape(())


def name_of(function: Function) -> str:
    """What a picture calls a function."""
    name = getattr(function, "__name__", type(function).__name__)
    return "a function of the answer" if name == "<lambda>" else str(name)


def find_target(card: Card, target: Aim, logits: Tensor) -> Target:
    """A class by index or name, the top one, or the difference of two."""
    moment = moment_of(target)
    when = f", {moment.words}" if card.answer.is_timeline else ""
    over = (moment.at, moment.pooled) if card.answer.is_timeline else (None, None)
    if isinstance(moment.target, tuple):
        plus, minus = (class_of(card, part, logits) for part in moment.target)
        return Target(plus, minus, f"{label_of(card, plus)} - {label_of(card, minus)}{when}", *over)
    index = class_of(card, moment.target, logits)
    return Target(index, None, label_of(card, index) + when, *over)


def aim_again(target: Target) -> Moment:
    """What finds the same target once more."""
    classes = target.plus if target.minus is None else (target.plus, target.minus)
    return Moment(classes, target.at, target.pooled or HIGHEST)


def class_of(card: Card, target: int | str | None, logits: Tensor) -> int:
    """A class by its number or name; the top one where neither was given."""
    if target is None or target == "top":
        return int(logits.argmax())
    if isinstance(target, str) and card.classes and target in card.classes:
        return card.classes.index(target)
    index = count_of(target) if isinstance(target, str) else target
    if index is None:
        close = get_close_matches(str(target), card.classes or (), n=3)
        fact = (
            f"did you mean {', '.join(close)}?"
            if close
            else ""
            if card.classes
            else f"{card.name} has no class names: use an index or give labels"
        )
        hint = Use("target", close[0] if close else "top")
        raise OptionError(f"no class is called {str(target)[:80]!r}", fact=fact, hint=hint)
    if not 0 <= index < card.num_classes:
        raise OptionError(
            f"there is no class {index}",
            fact=f"{card.name} has {card.num_classes}, from 0 to {card.num_classes - 1}",
            hint=Use("target", "top"),
        )
    return index


def label_of(card: Card, index: int) -> str:
    """The name of a class, or its number."""
    return card.classes[index] if card.classes else f"class {index}"
