"""How much a prediction depends on time: the clip against itself shuffled, frozen, reversed and at half its rate."""

from collections.abc import Callable

from torch import Tensor, nn

from dtfviz.core.analysis.answers import answers, without_rounding
from dtfviz.core.analysis.clips import of_any_clip, remarks_on_clip
from dtfviz.core.analysis.predict import best, guess_of
from dtfviz.core.analysis.targets import class_of
from dtfviz.core.errors import OptionError, Use
from dtfviz.core.media.clip import Clip, ordered
from dtfviz.core.models.answers import Moment, divergence, log_probabilities, moment_of, settling
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.models.inputs import as_input, device_of
from dtfviz.core.ops import implementation_for
from dtfviz.core.results.temporal_tests import CHANGES, Effect, TemporalTests

SHUFFLES = 10


@of_any_clip
def temporal_tests(
    model: nn.Module,
    clip: Clip,
    target: int | str | Moment | None = None,
    *,
    shuffles: int = SHUFFLES,
    seed: int = 0,
    on_done: Callable[[int], None] = lambda done: None,
) -> TemporalTests:
    """`target` is the class whose cross-entropy makes the weights (the true one, where it is known): the top class
    unless given.
    """
    if shuffles < 1:
        raise OptionError(f"{shuffles} shuffles are none", hint=Use("shuffles", 10))
    card, x = card_of(model), as_input(clip, card_of(model))
    tries = tries_of(shuffles, seed)
    orders = [ordered(x.shape[2], change, number) for change, number in (("normal", 0), *tries)]
    moment = moment_of(target)
    settle = settling(card.answer, moment, clip.times)
    logits = answers(model, (x[:, :, order] for order in orders), settle, on_done)
    own, *changed = log_probabilities(without_rounding(logits), card.answer)
    aim = class_of(card, moment.target, own)
    lines = {
        name: [line for line, (change, _) in zip(changed, tries, strict=True) if change == name] for name in CHANGES
    }
    return TemporalTests(
        model=card.name,
        trust=card.trust,
        classes_note=card.note,
        clip=clip,
        seed=seed,
        top=best(own.exp(), card, 1)[0],
        aim=guess_of(aim, own.exp(), card),
        effects=tuple(effect_of(change, own, lines[change], aim, card) for change in CHANGES),
        implementation=implementation_for(device_of(model)),
        activation=card.answer.activation,
        remarks=remarks_on_clip(clip, card),
    )


def tries_of(shuffles: int, seed: int) -> list[tuple[str, int]]:
    """The changes, each as often as it is tried, with their seeds."""
    return [(change, seed + number) for change in CHANGES for number in range(shuffles if change == "shuffled" else 1)]


def effect_of(change: str, own: Tensor, changed: list[Tensor], aim: int, card: Card) -> Effect:
    """From log-probabilities [classes] of the clip and of each try of the change."""
    top, tops = int(own.argmax()), tuple(guess_of(int(line.argmax()), line.exp(), card) for line in changed)
    return Effect(
        change=change,
        kl=tuple(divergence(own, line, card.answer) for line in changed),
        flips=tuple(first.index != top for first in tops),
        log_change=tuple(float(line[top] - own[top]) for line in changed),
        excess=tuple(float(own[aim] - line[aim]) for line in changed),
        tops=tops,
    )
