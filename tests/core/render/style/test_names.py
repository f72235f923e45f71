"""Names of any script in a picture: written by a font that can, and never as squares."""

import warnings

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from dtfviz.core.render.style.figures import OURS, font_for, make_readable, save_figure, style

NAME = "步行 {}.mp4"


@pytest.fixture
def font(tmp_path):
    """One that has a sign for the first character of the name alone."""
    pen = TTGlyphPen(None)
    for number, point in enumerate([(0, 0), (0, 700), (700, 700), (700, 0)]):
        (pen.lineTo if number else pen.moveTo)(point)
    pen.closePath()
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder([".notdef", "walk"])
    made.setupCharacterMap({ord(NAME[0]): "walk"})
    made.setupGlyf({".notdef": pen.glyph(), "walk": pen.glyph()})
    made.setupHorizontalMetrics({".notdef": (800, 0), "walk": (800, 0)})
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupOS2()
    made.setupPost()
    made.setupNameTable({"familyName": "One Sign", "styleName": "Regular"})
    made.save(tmp_path / "one.ttf")
    before = list(fontManager.ttflist)
    fontManager.addfont(str(tmp_path / "one.ttf"))
    font_for.cache_clear()
    yield "One Sign"
    fontManager.ttflist = before
    font_for.cache_clear()


def drawn():
    with style():
        figure = Figure(figsize=(3.3, 1))
        axes = figure.subplots()
        axes.set_title(NAME)
        axes.set_yticks([0, 1], [NAME, "running"])
        figure.supxlabel(f"net · {NAME}")
    return figure, axes


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_characters_that_no_font_has_are_question_marks_and_nothing_is_warned_of(tmp_path, form):
    figure, axes = drawn()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_figure(figure, tmp_path / f"names.{form}")
    lost = "??" if not font_for(frozenset("步行")) else "步行"
    assert axes.get_title("left") == f"{lost} {{}}.mp4"
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [f"{lost} {{}}.mp4", "running"]


def test_a_font_that_has_a_character_writes_it(tmp_path, font):
    figure, axes = drawn()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_figure(figure, tmp_path / "names.png")
    assert axes.get_title("left").startswith("步")
    assert figure._supxlabel.get_fontfamily() == [OURS, font]


def test_plain_names_are_left_alone():
    figure = Figure()
    text = figure.text(0, 0, "■ café, 0 → 1, π ²")
    make_readable(figure)
    assert (text.get_text(), text.get_fontfamily()) == ("■ café, 0 → 1, π ²", Figure().text(0, 0, "").get_fontfamily())
