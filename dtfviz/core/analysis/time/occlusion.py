"""How much each cell of a clip counts: the class's log-probability with the cell blurred."""

from collections.abc import Callable, Iterator
from itertools import product

from torch import Tensor, nn

from dtfviz.core.analysis.answers import answers, without_rounding
from dtfviz.core.analysis.clips import of_any_clip
from dtfviz.core.analysis.targets import class_of
from dtfviz.core.analysis.time.importance import blur
from dtfviz.core.media.clip import Clip
from dtfviz.core.models.answers import Moment, log_probabilities, moment_of, settling
from dtfviz.core.models.card import card_of
from dtfviz.core.models.inputs import as_input
from dtfviz.core.results.occlusion import Grid, Occlusion, check_grid, places_of


@of_any_clip
def occlusion(
    model: nn.Module,
    clip: Clip,
    target: int | str | Moment | None = None,
    *,
    cells: Grid = (4, 4, 4),
    on_done: Callable[[int], None] = lambda done: None,
) -> Occlusion:
    """Of the top class unless `target` is another, in so many cells in time, down and across; the model runs once a
    cell and once more.
    """
    card, moment, (frames, height, width) = card_of(model), moment_of(target), clip.frames.shape[:3]
    check_grid((frames, height, width), cells)
    settle = settling(card.answer, moment, clip.times)
    shown = versions(as_input(clip, card), as_input(blur(clip), card), cells)
    lines = log_probabilities(without_rounding(answers(model, shown, settle, on_done)), card.answer)
    followed = lines[:, class_of(card, moment.target, lines[0])].numpy()
    return Occlusion((frames, height, width), (followed[0] - followed[1:]).reshape(cells))


def versions(x: Tensor, blurred: Tensor, cells: Grid) -> Iterator[Tensor]:
    """The clip [1, 3, F, H, W], then with each cell blurred."""
    yield x
    for cell in product(*map(range, cells)):
        time, rows, columns = places_of(tuple(x.shape[2:]), cells, cell)
        changed = x.clone()
        changed[:, :, time, rows, columns] = blurred[:, :, time, rows, columns]
        yield changed
