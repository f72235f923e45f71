import pytest

from dtfviz.core.errors import OptionError, OutputError
from dtfviz.core.render.cost.chart import cost_chart
from dtfviz.core.render.style.figures import FIGURES, check_figure, save_figure


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
