from dataclasses import replace

import pytest
from matplotlib.text import Text
from pictures import assert_legible

from dtfviz.core.render.cost.chart import cost_chart


def test_bars_are_the_numbers_and_models_share_a_scale(costs):
    figure = cost_chart(costs, 1)
    first, other = figure.axes[0], figure.axes[2]
    rows = {row.name: row for row in costs[0].at_depth(1)}
    names = [label.get_text() for label in first.get_yticklabels()]
    widths = [bar.get_width() for bar in first.patches]
    assert widths[: len(names)] == [rows[name].real / 1e9 for name in names]
    assert widths[len(names) :] == [rows[name].paper / 1e9 for name in names]
    assert first.get_xlim() == other.get_xlim()


def test_the_papers_way_to_count_is_of_the_papers_models(costs):
    figure = cost_chart([replace(costs[0], model="net.py:model")], 1)
    assert len(figure.axes[0].patches) == len(figure.axes[0].get_yticklabels())
    assert not any("paper" in text.get_text() for text in figure.findobj(Text))


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_no_text_overlaps_or_leaves_the_picture(costs, width):
    assert_legible(cost_chart(costs, 2, width=width))
