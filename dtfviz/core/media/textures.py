"""Random textures, made of integers alone: the same numbers give the same picture on every machine."""

import math
from functools import lru_cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Whole = NDArray[np.int32]  # colours and opacities, 0 to 255, with room for products
ONE = 256  # of fixed-point numbers


def draw_texture(random: Generator, side: int, unit: int) -> Whole:
    """(side, side, RGB) in lengths of `unit` pixels."""
    base = random.integers(60, 180) + random.integers(-40, 41, 3)
    if random.random() < 0.7:
        return dead_leaves(random, side, unit, base)
    return colour_noise(random, side, unit, base)


def dead_leaves(random: Generator, side: int, unit: int, base: NDArray[np.int64]) -> Whole:
    """Discs and boxes that fall on each other; small ones are many, as things in photographs are."""
    share = side / unit
    count = round(150 * (share + 0.3) ** 2)
    sizes = 0.03 / np.sqrt(1 - random.random(count) * (1 - (0.03 / 0.22) ** 2))
    radii = np.maximum(1, np.rint(sizes[:, None] * random.uniform(0.5, 1, (count, 2)) * unit)).astype(int)
    corners = np.rint(random.uniform(-0.1, share + 0.1, (count, 2)) * unit).astype(int) - radii
    is_round = random.random(count) < 0.6
    colours = base + random.integers(-70, 71, (count + 1, 1)) + random.integers(-35, 36, (count + 1, 3))
    edge = round(0.4 * unit)  # so that no leaf needs to be cut
    which = np.zeros((side + 2 * edge, side + 2 * edge), np.int32)
    for leaf, ((top, left), (high, wide), disc) in enumerate(
        zip(corners.tolist(), radii.tolist(), is_round.tolist(), strict=True), start=1
    ):
        area = which[edge + top : edge + top + 2 * high + 1, edge + left : edge + left + 2 * wide + 1]
        np.copyto(area, leaf, where=stamp(high, wide)) if disc else area.fill(leaf)
    texture: Whole = colours.clip(0, 255).astype(np.int32)[which[edge : edge + side, edge : edge + side]]
    return texture


@lru_cache(maxsize=4096)
def stamp(high: int, wide: int) -> NDArray[np.bool_]:
    """An ellipse with these radii."""
    rows, columns = np.ogrid[-high : high + 1, -wide : wide + 1]
    inside: NDArray[np.bool_] = (rows * wide) ** 2 + (columns * high) ** 2 <= (high * wide) ** 2 + high * wide
    return inside


def colour_noise(random: Generator, side: int, unit: int, base: NDArray[np.int64]) -> Whole:
    """Random grids from coarse to fine, the finer the fainter."""
    total = np.zeros((side, side, 3), np.int32) + base.astype(np.int32)
    for cells, height in ((4, 60), (8, 45), (16, 35), (32, 25)):
        count = math.ceil(cells * side / unit) + 1
        grid = random.integers(-height, height + 1, (count, count, 1)) + random.integers(
            -height // 2, height // 2 + 1, (count, count, 3)
        )
        places = np.arange(side) * (cells * ONE) // unit
        total += blend_rows(blend_rows(grid.astype(np.int32), places).swapaxes(0, 1), places).swapaxes(0, 1)
    return total.clip(0, 255)


def blend_rows(grid: Whole, places: NDArray[np.int64]) -> Whole:
    """Linear between the rows of a grid, at places in 256ths of a row."""
    row, share = places // ONE, (places % ONE).astype(np.int32)[:, None, None]
    blended: Whole = (grid[row] * (ONE - share) + grid[row + 1] * share) >> 8
    return blended
