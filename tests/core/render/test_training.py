import numpy as np
import pytest

from dtfviz.core.render.training import running_mean, training_curve
from dtfviz.core.results.training import Logged, TrainingLog


def test_the_running_mean_takes_what_came_before_as_far_as_it_goes():
    values = np.zeros(200)  # 2 % of which is 4
    values[[10, 199]] = 8
    mean = running_mean(values)
    assert mean[9:15].tolist() == [0, 2, 2, 2, 2, 0]
    assert mean[-1] == 2
    assert running_mean(np.array([6.0, 0.0])).tolist() == [6, 0]
    assert running_mean(np.full(200, 3.0)) == pytest.approx(np.full(200, 3.0))


def test_the_curve_shows_loss_accuracy_and_rate_over_the_same_steps():
    steps = tuple(Logged(number, 2.0 / number, 1.0, 1.0, 0.0, number / 10, 1.0, 1e-3) for number in range(1, 11))
    figure = training_curve(TrainingLog(steps, "dtf_net_motion · recipe motion · seed 0"))
    loss, accuracy, rate = figure.axes
    assert [axes.get_ylabel().split("\n")[0] for axes in figure.axes] == ["loss", "accuracy on", "learning"]
    assert loss.lines[0].get_xdata().tolist() == list(range(1, 11))
    assert accuracy.lines[0].get_ydata() == pytest.approx([number / 10 for number in range(1, 11)])
    assert rate.get_xlim() == loss.get_xlim()
    assert figure.get_supxlabel() == "dtf_net_motion · recipe motion · seed 0"
