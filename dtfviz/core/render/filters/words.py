"""What a sheet of filters says of itself: the heads of its columns, and the truth beneath it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dtfviz.core.choices import RELEASED
from dtfviz.core.render.cam.words import headline
from dtfviz.core.render.filters.film import LOOKS, furthest
from dtfviz.core.render.filters.layout import Block
from dtfviz.core.render.filters.panels import Panel
from dtfviz.core.render.filters.responses import PHASE_FLOOR, QUANTILES
from dtfviz.core.render.style.figures import shorten, wrap_parts
from dtfviz.core.results.filters import AnyFilters, Filters, Position


@dataclass(frozen=True)
class Plan:
    """What all blocks of a sheet agree in."""

    limits: Mapping[Panel, tuple[float, float]]  # of the panels, from above to below
    floor: float  # magnitude below which no phase is shown
    factor: float  # by which arrows are lengthened
    channels: str
    measure: str
    is_cut: bool  # whether a page has no room for effective responses


def heading(
    found: AnyFilters, place: Position | None, column: int, measure: str, *, is_roomy: bool, has_pixel: bool
) -> str:
    """What stands above a column."""
    if not isinstance(found, Filters) or place is None:
        return f"{getattr(found, 'kind', '')}: the same{' ' if is_roomy else chr(10)}at every position"
    cells = found.grid[0] * found.grid[1]
    rank = "the same everywhere" if found.same_everywhere else f"rank {found.ranks(measure)[column]} of {cells}"
    parts = [*([pixel_of(place)] if has_pixel else []), f"cell {place.col},{place.row}", rank]
    if is_roomy:
        parts[:2] = [" · ".join(parts[:2])]
    return f"{LOOKS[column].sign} " + "\n".join(parts)


def pixel_of(place: Position) -> str:
    """Where it is in the video."""
    return f"pixel {place.x:.0f},{place.y:.0f}"


def words_beneath(found: AnyFilters, *, has_pixels: bool) -> str:
    """What is said beneath a film: of the map, and of the pixels that all results are of."""
    lines = [f"Grad-CAM of {headline(found.cam, room=22)}, at {found.cam.layer}"] if found.cam is not None else []
    if has_pixels and isinstance(found, Filters):
        marked = zip(LOOKS, found.positions, strict=False)
        lines.append("   ".join(f"{look.sign} {pixel_of(place)}" for look, place in marked))
    return "\n".join(lines)


def caption_of(groups: Sequence[Sequence[Block]], plan: Plan, width: float) -> str:
    """What must be known of the sheet."""
    low, high = QUANTILES
    results = [block.found for group in groups for block in group]
    parts = list(dict.fromkeys(part for found in results for part in facts_of(found)))
    parts += ["marks: mean over channels", f"bands: {low:.0%} to {high:.0%} of channels"]
    if plan.channels != "mean":
        parts.append(f"grey: channels {plan.channels}")
    if any(isinstance(found, Filters) for found in results):
        parts.append(f"ranks among all cells, by {plan.measure}")
        parts += words_of_predicted(plan)
    if not all(isinstance(found, Filters) for found in results):
        parts += ["convolutions: gain over all inputs", "kernel of each channel's strongest input"]
    parts += words_of_arrows(groups, plan.factor)
    parts += ["panels of a kind share their scale", *(["effective responses left out for room"] if plan.is_cut else [])]
    return wrap_parts(parts, width)


def words_of_predicted(plan: Plan) -> list[str]:
    """What must be known of filters that belong to a position."""
    parts = []
    if ("raw", "phase") in plan.limits:
        parts += [
            f"phase where |F| is above {plan.floor:.2g}, {PHASE_FLOOR:.0%} of the figure's largest",
            "hollow: imaginary part of bin 0 and, for even steps, of the last bin",
            "which is in no kernel and acts through the complex mixing",
        ]
    if ("effective", "kernel") in plan.limits:
        parts += [
            "effective: root of the sum of squares over input channels",
            "crosses: a channel's answer to itself",
        ]
    return parts


def words_of_arrows(groups: Sequence[Sequence[Block]], factor: float) -> list[str]:
    """What arrows are and, where several layers share a film, of which of them; nothing where there are none."""
    shown = moving(groups)
    if not shown:
        return []
    layers = dict.fromkeys(found.layer for found in shown)
    of_which = [f"of {' and '.join(layers)}, which moves furthest"] if any(len(group) > 1 for group in groups) else []
    length = f"drawn {factor:g} times as long" if factor > 1 else "in true length"
    return ["arrows: expected displacement until the next step", *of_which, length]


def moving(groups: Sequence[Sequence[Block]]) -> list[Filters]:
    """Of each film the result whose arrows it shows."""
    return [found for group in groups if (found := furthest([block.found for block in group]))]


def facts_of(found: AnyFilters) -> list[str]:
    """What must be known of one result."""
    clip = found.clip
    parts = [
        f"{found.model} ({found.trust})",
        f"{found.layer}, {found.steps} step{'s' if found.steps > 1 else ''}{apart_of(found)}",
    ]
    if isinstance(found, Filters):
        parts.append(found.cells.words(is_sampled=found.sampled is not None))
        parts.append(
            f"{found.filter_layout} layout" + (f": {distinct_of(found)}" if found.filter_layout == RELEASED else "")
        )
    parts.append(f"{shorten(clip.video.path.name, 40)}, {len(clip.indices)} frames, {clip.when}")
    return parts


def apart_of(found: AnyFilters) -> str:
    """How far the steps are from each other: by one time, or from the least to the most."""
    if np.isfinite(found.spacing):
        return f", {found.spacing:.3g} s apart"
    gaps = np.abs(np.diff(found.step_times))
    is_ordered = len(set(np.sign(np.diff(found.step_times)))) == 1
    return f", {gaps.min():.3g} to {gaps.max():.3g} s apart" if is_ordered else ""


def distinct_of(found: Filters) -> str:
    """How many numbers the released layout leaves a channel for all its bins."""
    fewest, most = int(found.distinct.min()), int(found.distinct.max())
    count = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    return f"a channel holds {count} distinct value{'s' if most > 1 else ''}"
