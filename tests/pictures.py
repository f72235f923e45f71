"""Whether a figure can be read: no text overlaps another or leaves the picture."""

from itertools import combinations

from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

WATERMARK = 40  # its size: it may lie over anything


def assert_legible(figure: Figure) -> None:
    FigureCanvasAgg(figure).draw()
    boxes = [(text.get_text(), text.get_window_extent()) for text in drawn_texts(figure)]
    for words, box in boxes:
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1
        assert inside, f"{words!r} is cut"
    for (one, box), (other, beside) in combinations(boxes, 2):
        assert not box.padded(-1.5).overlaps(beside.padded(-1.5)), f"{one!r} overlaps {other!r}"


def drawn_texts(figure: Figure) -> list[Text]:
    hidden = {text for axis in figure.findobj(Axis) for text in beyond(axis)}
    invisible = {
        text
        for axes in figure.axes
        if not axes.axison
        for axis in (axes.xaxis, axes.yaxis)
        for text in axis.findobj(Text)
    }
    texts = [
        text
        for text in figure.findobj(Text)
        if text.get_text().strip() and text.get_visible() and text.get_size() < WATERMARK
    ]
    return [text for text in texts if text not in hidden | invisible]


def beyond(axis: Axis) -> list[Text]:
    """Labels of ticks outside the axis, which matplotlib keeps and does not draw."""
    low, high = sorted(axis.get_view_interval())
    slack = 1e-6 * (high - low)
    ticks = [*axis.majorTicks, *axis.minorTicks]
    return [
        label
        for tick in ticks
        if not low - slack <= tick.get_loc() <= high + slack
        for label in (tick.label1, tick.label2)
    ]
