"""How a sheet of filters fits a page: which results share a film, how many frames it shows, how tall curves may be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dtfviz.core.errors import OptionError
from dtfviz.core.render.filters.film import LOOKS
from dtfviz.core.render.filters.panels import TICK_ROOM, Panel
from dtfviz.core.render.filters.responses import Response, places_of
from dtfviz.core.render.style.figures import NARROW
from dtfviz.core.render.style.film import tallness
from dtfviz.core.results.filters import AnyFilters, Site

TALLEST = 9.5  # inches of a page between its margins
# inches: of panels at least and where there is room, of what an axis says above and beneath them, and between them
HEIGHTS = {"magnitude": (0.36, 0.6), "phase": (0.3, 0.34), "kernel": (0.36, 0.6)}
ABOVE, BENEATH, BETWEEN = 0.24, 0.28, 0.05
LABELS = 1.1  # inches beside the panels: their names and the numbers of their scale
HEAD, TITLE, LINE = 0.11, 0.22, 0.11  # inches of a line above a column, above a block, and of the caption
TIMES, UNDERLINE = 0.2, 0.2  # inches of the seconds above frames, and of the class beneath them
FILM_SHARE = 0.4  # of its width: as tall as a film may be, as long as it shows no more frames than
MOST_FRAMES = 7
COLOURS, GAP = 0.5, 0.04  # inches beside frames that the colour bar takes, and between them
ROOMY = 1.5  # inches of a column in which two parts of its head stand beside each other
SHORT = 10  # characters of a title that fit beside the heads of columns


@dataclass(frozen=True)
class Block:
    """One result, what it is called, and its responses: a column a position, in every view."""

    found: AnyFilters
    title: str
    columns: Sequence[dict[str, Response]]


@dataclass(frozen=True)
class Layout:
    """Where groups of blocks stand; those of a group share the film above them."""

    width: float  # inches of the sheet
    groups: Sequence[Sequence[Block]]
    abreast: int  # groups beside each other
    across: int  # blocks beside each other in a group
    panels: Sequence[Panel]
    lines: int  # of the caption
    stretch: float = 0.0  # of panels: from as low as they may be, 0, to as high as they need to be, 1

    @property
    def film_width(self) -> float:
        return self.width / self.abreast

    @property
    def block_width(self) -> float:
        return self.film_width / self.across

    @property
    def column_width(self) -> float:
        """Of the narrowest column."""
        most = max(len(block.columns) for group in self.groups for block in group)
        return (self.block_width - LABELS) / most

    @property
    def ticks(self) -> int:
        """That there is room for along an axis."""
        return min(5, int(self.column_width / TICK_ROOM))

    @property
    def is_roomy(self) -> bool:
        """Whether two parts of a column's head fit beside each other."""
        return self.column_width > ROOMY

    @property
    def film(self) -> float:
        """Inches of the tallest film."""
        legend = LINE * any(self.is_shared(group) for group in self.groups)
        return max(film_height(group[0].found, self.film_width) for group in self.groups) + legend

    def is_shared(self, group: Sequence[Block]) -> bool:
        """Whether a film is that of several results, at the same pixels: these are told beneath it."""
        return len(group) > 1 and len({places(block.found) for block in group}) == 1

    def title(self, group: Sequence[Block]) -> float:
        """Inches above each block of a group; a short title stands beside the heads of its columns."""
        longest = max(len(block.title) for block in group)
        return TITLE if longest > (SHORT if len(group) > 1 else 0) else 0.0

    def panel_height(self, row: str) -> float:
        """Inches of a panel."""
        least, most = HEIGHTS[row]
        return least + self.stretch * (most - least)

    def ends(self, group: Sequence[Block], place: int) -> tuple[bool, bool]:
        """Whether the axes of a block are told above it and beneath: only once of blocks that share them."""
        if len({axes_of(block) for block in group}) > 1:
            return True, True
        return place < self.across, place + self.across >= len(group)

    def rows(self, group: Sequence[Block]) -> list[float]:
        """Inches of each row of blocks in a group."""
        kinds = len({row == "kernel" for _, row in self.panels})
        heads = (2 if self.is_roomy else 3) - self.is_shared(group)
        panels = sum(self.panel_height(row) + BETWEEN for _, row in self.panels)
        ends = [self.ends(group, place) for place in range(len(group))]
        told = [ends[start : start + self.across] for start in range(0, len(group), self.across)]
        return [
            self.title(group)
            + HEAD * heads
            + panels
            + kinds * (ABOVE * any(first for first, _ in row) + BENEATH * any(last for _, last in row))
            for row in told
        ]

    @property
    def heights(self) -> list[float]:
        """Inches of each row of groups."""
        starts = range(0, len(self.groups), self.abreast)
        rows = [self.groups[start : start + self.abreast] for start in starts]
        return [self.film + max(sum(self.rows(group)) for group in row) for row in rows]

    @property
    def height(self) -> float:
        """Inches of the sheet."""
        return sum(self.heights) + self.lines * LINE


def places(found: AnyFilters) -> tuple[tuple[float, float], ...]:
    """Pixels that are looked at."""
    return tuple((place.x, place.y) for place in places_of(found) if place is not None)


def axes_of(block: Block) -> tuple[object, ...]:
    """What the axes of a block's panels say."""
    first = next(iter(block.columns[0].values()))
    return first.period, tuple(first.frequencies), tuple(first.lags), f"{first.spacing:.6g}"


def lay_out(groups: Sequence[Sequence[Block]], panels: Sequence[Panel], width: float, lines: int) -> Layout:
    """On one page, if that leaves the panels as high as they must be."""
    is_shared, count = any(len(group) > 1 for group in groups), sum(map(len, groups))
    beside = min(count, 2 if width > NARROW else 1)
    low = Layout(width, groups, 1 if is_shared else beside, beside if is_shared else 1, panels, lines)
    check_room(groups, low.block_width)
    spread = replace(low, stretch=1.0).height - low.height
    return replace(low, stretch=float(np.clip((TALLEST - low.height) / spread, 0, 1)))


def check_room(groups: Sequence[Sequence[Block]], width: float) -> None:
    """An error for more positions than the width can hold."""
    most, room = max(len(block.columns) for group in groups for block in group), min(len(LOOKS), int(width / 1.05))
    if most > room:
        raise OptionError(
            f"{most} positions do not fit beside each other in {width:g} inches",
            fact=f"there is room for {room}",
            hint="ask for fewer positions, or a larger width",
        )


# --- films ------------------------------------------------------------------------------------------------------------
def group_by_film(blocks: Sequence[Block]) -> list[list[Block]]:
    """Neighbours that would show the same frames with the same map over them."""
    groups: list[list[Block]] = []
    for block in blocks:
        if groups and shares_film(groups[-1][0].found, block.found):
            groups[-1].append(block)
        else:
            groups.append([block])
    return groups


def shares_film(one: Site, other: Site) -> bool:
    """Whether two results are of one clip and of one map of it, or of none."""
    clip, same = one.clip, other.clip
    if (clip.video.path, clip.video.sha256, clip.indices, clip.box) != (
        same.video.path,
        same.video.sha256,
        same.indices,
        same.box,
    ):
        return False
    if one.cam is None or other.cam is None:
        return one.cam is other.cam
    about = [(cam.model, cam.layer, cam.method, cam.target, cam.score) for cam in (one.cam, other.cam)]
    return about[0] == about[1] and np.array_equal(one.cam.raw, other.cam.raw)


def film_rows(found: AnyFilters) -> int:
    """Frames, and beneath them the map."""
    return 1 if found.cam is None else 2


def film_frames(found: AnyFilters, width: float) -> int:
    """So many that the film is not too tall, which those of an upright video are."""
    wanted = film_rows(found) * shape_of(found) * (width - COLOURS) / (FILM_SHARE * width)
    return int(np.clip(np.ceil(wanted), 5 if width > NARROW else 3, MOST_FRAMES))


def film_height(found: AnyFilters, width: float) -> float:
    """Inches of a film with what is written above and beneath it."""
    rows, frame = film_rows(found), (width - COLOURS) / film_frames(found, width) - GAP
    return rows * shape_of(found) * frame + TIMES + UNDERLINE * (rows - 1)


def shape_of(found: AnyFilters) -> float:
    """A frame's height of its width."""
    return tallness(found.clip.video)
