"""What a model takes a video for: softmax scores, averaged over clips and crops as the paper does."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from dtfviz.core.analysis.clips import of_any_clip, remarks_on_clip
from dtfviz.core.errors import ModelError, OptionError
from dtfviz.core.media.clip import Clip
from dtfviz.core.models.answers import WHOLE, Moment, Settle, probabilities, settling
from dtfviz.core.models.borrow.cut import evaluating
from dtfviz.core.models.card import Card, card_of
from dtfviz.core.models.inputs import device_of, input_of
from dtfviz.core.ops import implementation_for
from dtfviz.core.results.predictions import Guess, Predictions, ViewGuess


@of_any_clip
@torch.no_grad()
def predict(
    model: nn.Module,
    clips: Clip | Iterable[Clip],
    *,
    top: int = 5,
    order: str = "normal",
    moment: Moment = WHOLE,
    on_view: Callable[[int], None] | None = None,
) -> Predictions:
    """The `top` classes over one clip or several. `order` only says how their frames were ordered; `on_view` hears
    each view's number.
    """
    card, device = card_of(model), device_of(model)
    total, views = torch.zeros(card.num_classes), []
    remarks: dict[str, None] = {}
    with evaluating(model):
        for done, clip in enumerate([clips] if isinstance(clips, Clip) else clips, start=1):
            settle = settling(card.answer, moment, clip.times)
            scores = scores_of(model, input_of(model, clip), settle)[0]
            total += scores
            remarks |= dict.fromkeys(remarks_on_clip(clip, card))
            views.append(ViewGuess(clip.indices, clip.times, clip.crop, best(scores, card, 1)[0]))
            if on_view is not None:
                on_view(done)
    if not views:
        raise OptionError("there is no clip to predict", fact="none was given")
    return Predictions(
        model=card.name,
        trust=card.trust,
        classes_note=card.note,
        video=str(clip.video.path),
        order=order,
        top=best(total / len(views), card, top),
        views=tuple(views),
        implementation=implementation_for(device),
        activation=card.answer.activation,
        moment=moment.words if card.answer.is_timeline else "",
        remarks=tuple(remarks),
    )


def scores_of(model: nn.Module, x: Tensor, settle: Settle | None = None) -> Tensor:
    """Probabilities of clips [B, classes], on the CPU in float32; of an answer over time the highest, unless said."""
    answer = card_of(model).answer
    logits = (settle or settling(answer, WHOLE, ()))(model(x)).float().cpu()
    if not bool(torch.isfinite(logits).all()):
        raise ModelError(
            "the model's scores are not finite",
            fact=f"{int((~logits.isfinite()).sum())} of {logits.numel()} logits are NaN or infinite",
        )
    return probabilities(logits, answer)


def best(scores: Tensor, card: Card, count: int) -> tuple[Guess, ...]:
    """The most probable classes."""
    return tuple(guess_of(index, scores, card) for index in scores.topk(min(count, len(scores))).indices.tolist())


def guess_of(index: int, scores: Tensor, card: Card) -> Guess:
    """A class with its name and probability."""
    return Guess(index, card.classes[index] if card.classes else f"class {index}", float(scores[index]))
