"""How figures are drawn: `Drawing`, and the records that add to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from dtfviz.commands.options.heading import FIGURE, bundling, option, options
from dtfviz.commands.options.number import Count, Number
from dtfviz.core.choices import FORMS, MEASURES, VIEWS
from dtfviz.core.render.drawing import CamDrawing, Drawing, FilterDrawing

page_options = options(
    option(FIGURE, "--dpi", type=Count(30, 1200), default=Drawing.dpi, show_default=True, help="Of figures."),
    option(
        FIGURE,
        "--width",
        type=Number(2, 20),
        default=Drawing.width,
        show_default=True,
        help="Of figures in inches; 3.3 is one column.",
    ),
    option(FIGURE, "--no-caption", is_flag=True, help="Leave the small line under figures out."),
)
form_option = option(
    FIGURE, "--format", "form", type=click.Choice(FORMS), default=Drawing.form, show_default=True, help="Of figures."
)
overlay_options = options(
    option(
        FIGURE,
        "--scale",
        default=CamDrawing.scale,
        show_default=True,
        metavar="clip|frame|fixed:a,b",
        help="What the colours span.",
    ),
    option(
        FIGURE,
        "--opacity",
        type=Number(0, 1),
        default=CamDrawing.opacity,
        show_default=True,
        help="Of the hottest place.",
    ),
    option(
        FIGURE,
        "--overlay-height",
        type=Count(16, 4320),
        default=CamDrawing.overlay_height,
        show_default=True,
        help="Pixels that the footage of an overlay has at most.",
    ),
)
spectrum_options = options(
    option(
        FIGURE,
        "--channels",
        default=FilterDrawing.channels,
        show_default=True,
        metavar="top:N|mean|I,J,...",
        help="Shown one by one beside the mean.",
    ),
    option(
        FIGURE,
        "--view",
        type=click.Choice(VIEWS),
        help="The filter as predicted, after mixing, norm and alpha, or both.  [default: both where they fit a page; "
        "raw with --figure]",
    ),
    option(
        FIGURE,
        "--measure",
        type=click.Choice(MEASURES),
        default=FilterDrawing.measure,
        show_default=True,
        metavar="|".join(MEASURES[:3]) + "|...",
        help=f"By which positions are ranked: one of {', '.join(MEASURES)}.",
    ),
)


def drawing_of(dpi: int, width: float, no_caption: bool) -> Drawing:
    """What was asked for, as the record that core takes."""
    return Drawing(Drawing.form, dpi, width, not no_caption)


def formed_of(form: str, dpi: int, width: float, no_caption: bool) -> Drawing:
    """The same in a form of one's choice."""
    return Drawing(form, dpi, width, not no_caption)


def cam_drawing_of(
    scale: str, opacity: float, overlay_height: int, dpi: int, width: float, no_caption: bool
) -> CamDrawing:
    """How maps are to be laid over frames."""
    from dtfviz.core.render.style.colour import check_scale

    check_scale(scale)
    return CamDrawing(Drawing.form, dpi, width, not no_caption, scale, opacity, overlay_height)


def filter_drawing_of(page: Drawing, view: str | None, channels: str, measure: str, is_figure: bool) -> FilterDrawing:
    """Which part of filters is to be shown; the paper's figure has the raw one alone."""
    from dtfviz.core.render.filters.responses import check_channels

    check_channels(channels)
    shown = view or ("raw" if is_figure else None)
    return FilterDrawing(page.form, page.dpi, page.width, page.has_caption, shown, channels, measure)


def figure_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The page of a figure; the command hears of it as `drawing`."""
    return page_options(bundling("drawing", drawing_of)(command))
