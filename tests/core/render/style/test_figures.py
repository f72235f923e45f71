import pytest
import torch
from pictures import assert_legible

from dtfviz.core.analysis.cost.cost import cost
from dtfviz.core.errors import OptionError, OutputError
from dtfviz.core.models.building import build_model
from dtfviz.core.render.cost.chart import cost_chart
from dtfviz.core.render.style.figures import FIGURES, check_figure, save_figure


@pytest.fixture(scope="module")
def costs():
    with torch.device("meta"):
        return [cost(build_model(name)) for name in ("dtf_net_r50", "c2d_r50")]


@pytest.mark.parametrize("suffix", FIGURES)
def test_a_chart_is_saved_in_every_format(costs, tmp_path, suffix):
    path = tmp_path / f"chart{suffix}"
    save_figure(cost_chart(costs, 1), path)
    assert path.stat().st_size > 5000


def test_bars_are_the_numbers_and_models_share_a_scale(costs):
    figure = cost_chart(costs, 1)
    first, other = figure.axes[0], figure.axes[2]
    rows = {row.name: row for row in costs[0].at_depth(1)}
    names = [label.get_text() for label in first.get_yticklabels()]
    widths = [bar.get_width() for bar in first.patches]
    assert widths[: len(names)] == [rows[name].real / 1e9 for name in names]
    assert widths[len(names) :] == [rows[name].paper / 1e9 for name in names]
    assert first.get_xlim() == other.get_xlim()


@pytest.mark.parametrize("width", [3.3, 7.0])
def test_no_text_overlaps_or_leaves_the_picture(costs, width):
    assert_legible(cost_chart(costs, 2, width=width))


def test_another_suffix_is_refused_before_the_work(tmp_path):
    with pytest.raises(OptionError, match=r"'.jpg'"):
        check_figure(tmp_path / "chart.jpg")


def test_a_place_that_cannot_be_written_is_an_output_error(costs, tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        save_figure(cost_chart(costs, 1), tmp_path / "no" / "chart.png")
