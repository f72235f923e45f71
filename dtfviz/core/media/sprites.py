"""What a generated clip looks like: a textured object over a textured ground, made of integers alone."""

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from dtfviz.core.media.course import LIGHT, Pose
from dtfviz.core.media.textures import ONE, Whole, blend_rows, draw_texture

Window = tuple[slice, slice]
MARGIN = 0.3  # of the side: how much larger than the picture a background is, to drift
PATCH = 0.6  # of the side: how finely the object is drawn before it is turned and scaled
DARKEST = 25  # of the object's colours: what is black cannot blink


def draw_background(random: Generator, size: int, difficulty: float) -> Whole:
    """A texture whose contrast is the difficulty."""
    texture = draw_texture(random, round((1 + MARGIN) * size) + 1, size)
    mean = (texture.sum((0, 1)) // texture[..., 0].size).astype(np.int32)
    background: Whole = mean + ((texture - mean) * round(ONE * (0.05 + 0.95 * difficulty)) >> 8)
    return background


def drift(canvas: Whole, random: Generator, frames: int, size: int, drifts: bool) -> Whole:
    """The part of the background that each frame shows."""
    room = round(MARGIN * size) * ONE
    begin, end = (random.random((2, 2)) * room).astype(int)
    if not drifts:
        top, left = begin // ONE
        return np.repeat(canvas[None, top : top + size, left : left + size], frames, axis=0)
    places = [begin + (end - begin) * (2 * frame + 1) // (2 * frames) for frame in range(frames)]
    steps = np.arange(size) * ONE
    return np.stack(
        [
            blend_rows(blend_rows(canvas, top + steps).swapaxes(0, 1), left + steps).swapaxes(0, 1)
            for top, left in places
        ]
    )


def draw_sprite(random: Generator, side: int, canvas: Whole, difficulty: float) -> Whole:
    """(side, side, RGB and opacity): the object within the unit circle, in an easy clip far lighter or far darker
    than its background.
    """
    texture = draw_texture(random, side, round(side / PATCH))
    away = 80 if texture.mean() * LIGHT > canvas.mean() else -50
    alpha = draw_outline(random, side)
    return np.dstack([(texture + round((1 - difficulty) * away)).clip(DARKEST, 255), alpha]).astype(np.int32)


def draw_outline(random: Generator, side: int) -> Whole:
    """Opacity of a shape whose radius is a short Fourier series of the angle, squeezed to be longer than wide."""
    squeeze, series = random.uniform(0.5, 1), random.uniform(-0.2, 0.2, (4, 2)) / np.array([[1.0], [1.0], [1.5], [2.0]])
    axis = (np.arange(side) * 2 + 1 - side) / side
    x, y = np.broadcast_arrays(axis[None, :], axis[:, None] / squeeze)
    distance = np.maximum(np.sqrt(x * x + y * y), 1e-9)
    cosine, sine = x / distance, y / distance
    outline, real, imaginary = np.full_like(distance, 0.7), cosine, sine
    for a, b in series:  # cos kt and sin kt from those of (k - 1)t
        real, imaginary = real * cosine - imaginary * sine, real * sine + imaginary * cosine
        outline = outline + a * real + b * imaginary
    soft = (outline.clip(0.25, 0.96) - distance) * (side / 2) * 255 + 128  # an edge one pixel wide
    opacity: Whole = np.rint(soft).clip(0, 255).astype(np.int32)
    return opacity


def paste(sprite: Whole, pose: Pose, pictures: Whole, mask: NDArray[np.bool_]) -> None:
    """Lay the object over pictures (T, H, W, RGB), and mark where it is more than half opaque."""
    size, side = pictures.shape[1], len(sprite)
    (rows, columns), down, right = reach_of(pose, size)
    if not len(down) or not len(right):
        return
    per_pixel = side / 2 / (pose.radius * size) * 4096
    cosine, sine = round(math.cos(pose.angle) * per_pixel), round(math.sin(pose.angle) * per_pixel)
    middle = (side - 1) * (ONE // 2)
    across = ((right[None, :] * cosine + down[:, None] * sine) >> 12) + middle
    along = ((down[:, None] * cosine - right[None, :] * sine) >> 12) + middle
    found = sample(sprite, along, across)
    opacity = found[..., 3:]
    colour = found[..., :3] * round(pose.light * ONE) >> 8
    area = pictures[:, rows, columns]
    area += (colour - area) * (opacity + (opacity >> 7)) >> 8
    mask[rows, columns] = opacity[..., 0] >= 128


def reach_of(pose: Pose, size: int) -> tuple[Window, NDArray[np.int64], NDArray[np.int64]]:
    """The pixels that the object can touch, and how far they are from its centre, in 256ths of a pixel."""
    centre = (round(pose.y * size * ONE), round(pose.x * size * ONE))
    radius = math.ceil(pose.radius * size) + 1
    spans = [slice(min(max(0, at // ONE - radius), size), min(max(0, at // ONE + radius + 1), size)) for at in centre]
    down, right = (
        np.arange(span.start, span.stop) * ONE + ONE // 2 - at for span, at in zip(spans, centre, strict=True)
    )
    return (spans[0], spans[1]), down, right


def sample(sprite: Whole, along: NDArray[np.int64], across: NDArray[np.int64]) -> Whole:
    """The sprite at rows and columns in 256ths, linear between its pixels, transparent beyond them."""
    side, flat = len(sprite), sprite.reshape(-1, 4)
    row, column = (places >> 8 for places in (along, across))
    is_inside = (row >= 0) & (row < side - 1) & (column >= 0) & (column < side - 1)
    first = np.where(is_inside, row * side + column, 0)
    down, right = ((places & 255).astype(np.int32)[..., None] for places in (along, across))
    upper = flat[first] * (ONE - right) + flat[first + 1] * right
    lower = flat[first + side] * (ONE - right) + flat[first + side + 1] * right
    found: Whole = (upper * (ONE - down) + lower * down) >> 16
    found[..., 3] *= is_inside
    return found


def add_noise(pictures: Whole, random: Generator, difficulty: float) -> NDArray[np.uint8]:
    """Noise of another kind in every frame, which may not wrap around at black and white."""
    reach = round(20 * difficulty)
    if reach:
        noise = random.integers(0, reach + 1, (2, *pictures.shape), np.uint8)
        pictures = pictures + noise[0] - noise[1]
    return pictures.clip(0, 255).astype(np.uint8)
