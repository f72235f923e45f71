"""Which class an analysis is about: by its number or name, the top one, or one less another."""

from difflib import get_close_matches

from torch import Tensor

from dtfviz.core.errors import OptionError, Use
from dtfviz.core.models.answers import Moment, moment_of
from dtfviz.core.models.card import Card
from dtfviz.core.results.cam import Target

Plain = int | str | tuple[int | str, int | str] | None  # None: the top class
Aim = Plain | Moment


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


def class_of(card: Card, target: int | str | None, logits: Tensor) -> int:
    """A class by its number or name; the top one where neither was given."""
    if target is None or target == "top":
        return int(logits.argmax())
    if isinstance(target, str) and card.classes and target in card.classes:
        return card.classes.index(target)
    if isinstance(target, str) and not target.isdigit():
        close = get_close_matches(target, card.classes or (), n=3)
        fact = (
            f"did you mean {', '.join(close)}?"
            if close
            else ""
            if card.classes
            else f"{card.name} has no class names: use an index or give labels"
        )
        raise OptionError(f"no class is called {target!r}", fact=fact, hint=Use("target", "top"))
    index = int(target)
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
