from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from dtfviz.core.errors import OptionError, OutputError
from dtfviz.core.render.cost.chart import cost_chart
from dtfviz.core.render.style.figures import FIGURES, check_figure, save_figure, style

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("suffix", FIGURES)
def test_a_chart_is_saved_in_every_format(costs, tmp_path, suffix):
    path = tmp_path / f"chart{suffix}"
    save_figure(cost_chart(costs, 1), path)
    assert path.stat().st_size > 5000


def test_another_suffix_is_refused_before_the_work(tmp_path):
    with pytest.raises(OptionError, match=r"'.jpg'"):
        check_figure(tmp_path / "chart.jpg")


def test_a_place_that_cannot_be_written_is_an_output_error(costs, tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        save_figure(cost_chart(costs, 1), tmp_path / "no" / "chart.png")


@pytest.mark.parametrize("suffix", FIGURES)
def test_dollars_are_no_mathematics_and_controls_are_written_out(tmp_path, suffix):
    with style():
        figure = Figure(figsize=(3, 1))
        axes = figure.subplots()
        axes.set_yticks([0, 1], ["$x$", "\x1b\udcff$\\foo{$"])
        title = axes.set_title("$a^2$\nb\x00\u202e", loc="center")
    save_figure(figure, tmp_path / f"figure{suffix}")
    assert title.get_text() == "$a^2$\nb\\x00\\u202e"
    if suffix == ".svg":
        texts = ["".join(text.itertext()) for text in ElementTree.parse(tmp_path / "figure.svg").iter(f"{SVG}text")]
        assert {"$x$", r"\x1b\udcff$\foo{$", "$a^2$"} <= set(texts)
